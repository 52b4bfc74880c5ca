"""Runs a program on a terminal of its own: terminal.py ROWS COLUMNS PROGRAM ARGS...

Its standard input takes one JSON document a line, {"send": TEXT} or {"resize": [ROWS, COLUMNS]}; what the terminal shows is
its standard output, and its exit code is the program's.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


rows, columns, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
sized, tell = os.pipe()
pid, terminal = pty.fork()
if pid == 0:
    os.read(sized, 1)
    os.execvp(program[0], program)
resize(terminal, rows, columns)
os.write(tell, b".")

sources = [0, terminal]
commands = b""
while True:
    for source in select.select(sources, [], [])[0]:
        if source == terminal:
            try:
                data = os.read(terminal, 65536)
            except OSError:  # Nobody has it open any more.
                data = b""
            if not data:
                _, status = os.waitpid(pid, 0)
                sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
            os.write(1, data)
            continue
        data = os.read(0, 65536)
        if not data:
            sources.remove(0)
            continue
        *lines, commands = (commands + data).split(b"\n")
        for line in lines:
            command = json.loads(line)
            if "resize" in command:
                resize(terminal, *command["resize"])
            else:
                os.write(terminal, command["send"].encode())
