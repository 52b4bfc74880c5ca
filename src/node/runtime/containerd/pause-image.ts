import { type LayerEntry, machineArchitecture, writeOciArchive } from "../../images/oci-archive.ts";

/**
 * The image of a sandbox's first process. On `localhost`, so that nothing ever asks a registry for it. A new program needs a
 * new tag.
 */
export const pauseImage = "localhost/kybern/pause:1";

/**
 * The program: it asks the kernel to reap the children that end up with it (SIGCHLD ignored), then waits for ever. A whole ELF
 * file of some 250 bytes that touches one page of memory, where a C program with its runtime has hundreds of KiB per pod.
 */
export function pauseProgram(architecture: string): Buffer {
  if (architecture === "amd64") return elf(62, amd64Code);
  if (architecture === "arm64") return elf(183, arm64Code);
  throw new Error(`there is no pause program for the architecture ${architecture}; amd64 and arm64 have one`);
}

/** Writes the pause image as an OCI archive; the same bytes at every time. */
export async function writePauseImage(file: string, architecture: string = machineArchitecture()): Promise<void> {
  const layer: LayerEntry[] = [{ path: "pause", type: "file", mode: 0o755, content: pauseProgram(architecture) }];
  await writeOciArchive(file, [
    {
      names: [pauseImage],
      architecture,
      config: { entrypoint: ["/pause"], env: [], labels: { "io.cri-containerd.pinned": "pinned" } },
      layers: [layer],
    },
  ]);
}

const loadAddress = 0x400000;
const headersLength = 64 + 2 * 56;

/** `struct sigaction` of the system call, the same on both: handler SIG_IGN (1), no flags, restorer or mask. */
const ignoreAction = Buffer.from([1, ...new Array(31).fill(0)]);

function amd64Code(start: number): Buffer {
  const code = [
    // rt_sigaction(SIGCHLD, &ignore, NULL, 8)
    [0xb8, 13, 0, 0, 0], // mov eax, 13
    [0xbf, 17, 0, 0, 0], // mov edi, 17
    [0xbe, 0, 0, 0, 0], // mov esi, ignore (set below)
    [0x31, 0xd2], // xor edx, edx
    [0x41, 0xba, 8, 0, 0, 0], // mov r10d, 8
    [0x0f, 0x05], // syscall
    // pause() for ever
    [0xb8, 34, 0, 0, 0], // mov eax, 34
    [0x0f, 0x05], // syscall
    [0xeb, 0xf7], // jmp to the mov before
  ].flat();
  const bytes = Buffer.from(code);
  bytes.writeUInt32LE(start + bytes.length, 11);
  return Buffer.concat([bytes, ignoreAction]);
}

function arm64Code(): Buffer {
  const set = (register: number, value: number) => (0xd2800000 | (value << 5) | register) >>> 0; // movz x<register>, #value
  const call = 0xd4000001; // svc #0
  const words = [
    // rt_sigaction(SIGCHLD, &ignore, NULL, 8)
    set(8, 134),
    set(0, 17),
    0, // adr x1, ignore (set below)
    set(2, 0),
    set(3, 8),
    call,
    // ppoll(NULL, 0, NULL, NULL) for ever
    set(8, 73),
    set(0, 0),
    set(1, 0),
    set(2, 0),
    set(3, 0),
    call,
    0x17fffffa, // b, six words back
  ];
  words[2] = (0x10000000 | ((words.length - 2) << 5) | 1) >>> 0; // the offset in words: its two lowest bits are zero
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => {
    bytes.writeUInt32LE(word, index * 4);
  });
  return Buffer.concat([bytes, ignoreAction]);
}

/** A static executable with one read-only, executable segment. */
function elf(machine: number, code: (start: number) => Buffer): Buffer {
  const start = loadAddress + headersLength;
  const body = code(start);
  const header = Buffer.alloc(headersLength);
  header.write("\x7fELF\x02\x01\x01", 0, "latin1");
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(start), 24);
  header.writeBigUInt64LE(64n, 32); // program headers follow
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(2, 56);
  const length = BigInt(headersLength + body.length);
  header.writeUInt32LE(1, 64); // PT_LOAD
  header.writeUInt32LE(5, 68); // readable, executable
  header.writeBigUInt64LE(BigInt(loadAddress), 80);
  header.writeBigUInt64LE(BigInt(loadAddress), 88);
  header.writeBigUInt64LE(length, 96);
  header.writeBigUInt64LE(length, 104);
  header.writeBigUInt64LE(0x10000n, 112);
  header.writeUInt32LE(0x6474e551, 120); // PT_GNU_STACK
  header.writeUInt32LE(6, 124); // readable, writable: no executable stack
  header.writeBigUInt64LE(16n, 168);
  return Buffer.concat([header, body]);
}
