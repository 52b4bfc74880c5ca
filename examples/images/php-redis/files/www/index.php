#!/bin/sh
# The guestbook's two calls, as its PHP front end answered them: ?cmd=set&key=K&value=V writes to the master,
# ?cmd=get&key=K reads from a slave. Without a command: the page.

field() { # the decoded value of a field of the query
  rest="&$QUERY_STRING"
  case "$rest" in
    *"&$1="*) rest=${rest#*"&$1="} && httpd -d "$(printf %s "${rest%%&*}" | tr + ' ')" ;;
  esac
}

argument() { printf '$%d\r\n%s\r\n' "$(printf %s "$1" | wc -c)" "$1"; }

ask() { # HOST PORT WORD...: one command to a redis; the connection ends after its answer
  host=$1 port=$2
  shift 2
  {
    printf '*%d\r\n' $#
    for word; do argument "$word"; done
    printf '*1\r\n$4\r\nQUIT\r\n'
  } | nc -w 5 "$host" "$port"
}

bulk() { # "=" and the text of a redis answer; nothing when there is no answer
  IFS= read -r size || return
  size=${size%"$(printf '\r')"}
  case "$size" in
    '$-1') printf = ;;
    '$'*) printf = && head -c "${size#?}" ;;
  esac
}

quoted() { sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' -e 's/\r/\\r/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'; }

answer() { printf 'Status: %s\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n\r\n%s' "$1" "$2"; }

unreachable() { answer '502 Bad Gateway' "{\"error\": \"the redis $1 doesn't answer\"}"; }

command=$(field cmd)
case "$command" in
  set)
    reply=$(ask "${REDISMASTER_SERVICE_HOST:-${REDIS_MASTER_SERVICE_HOST:-redis-master}}" \
      "${REDISMASTER_SERVICE_PORT:-${REDIS_MASTER_SERVICE_PORT:-6379}}" SET "$(field key)" "$(field value)" | head -n 1)
    case "$reply" in
      +OK*) answer '200 OK' '{"message": "Updated"}' ;;
      *) unreachable master ;;
    esac
    ;;
  get)
    reply=$(ask "${REDISSLAVE_SERVICE_HOST:-${REDIS_SLAVE_SERVICE_HOST:-redis-slave}}" \
      "${REDISSLAVE_SERVICE_PORT:-${REDIS_SLAVE_SERVICE_PORT:-6379}}" GET "$(field key)" | bulk)
    case "$reply" in
      =*) answer '200 OK' "{\"data\": \"$(printf %s "${reply#=}" | quoted)\"}" ;;
      *) unreachable slave ;;
    esac
    ;;
  *)
    printf 'Status: 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n'
    cat /www/index.html
    ;;
esac
