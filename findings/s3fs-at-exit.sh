#!/usr/bin/env bash
# s3fs cannot upload in a function that was registered with atexit.
#
# Whoever uploads the rest of a log "at exit" registers a function with atexit, which Python calls when the main thread has
# ended. By then the threads of concurrent.futures have been ended, which asyncio uses to resolve the store's name, so that a new connection
# fails, although neither s3fs nor the function is at fault. With a connection still open it may work, which is why it passes many tests.
# What threading._register_atexit is given runs before that, if it was registered after concurrent.futures.thread was imported.
#
# Seen with Python 3.11.7, s3fs 2026.9.0, aiobotocore 3.10.0, moto 5.2.5, on Linux:
#
#   at the end of the script: written
#   in an atexit function: HTTPClientError: An HTTP Client raised an unhandled exception: cannot schedule new futures after interpreter shutdown
#   in a function of threading._register_atexit: written
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
if command -v uv >/dev/null; then
  uv venv -q .venv && uv pip install -q --python .venv/bin/python s3fs==2026.9.0 'moto[server,s3]==5.2.5'
else
  python3 -m venv .venv && .venv/bin/pip install -q s3fs==2026.9.0 'moto[server,s3]==5.2.5'
fi
cat >server.py <<'PY'
import sys
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
PY
cat >writes.py <<'PY'
import atexit, concurrent.futures.thread, sys, threading
import fsspec

fs = fsspec.filesystem("s3")

def write(when):
    try:
        fs.pipe(f"bucket/{len(when)}", b"content")
        print(f"{when}: written", flush=True)
    except Exception as error:
        print(f"{when}: {type(error).__name__}: {error}", flush=True)

how = sys.argv[1]
if how == "atexit":
    atexit.register(write, "in an atexit function")
elif how == "threading":
    threading._register_atexit(write, "in a function of threading._register_atexit")
else:
    write("at the end of the script")
PY
coproc server { .venv/bin/python server.py 2>/dev/null; }
read -r port <&"${server[0]}"
export AWS_ENDPOINT_URL="http://localhost:$port" AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing AWS_DEFAULT_REGION=us-east-1
.venv/bin/python -c 'import fsspec; fsspec.filesystem("s3").mkdir("bucket")'
for how in end atexit threading; do .venv/bin/python writes.py "$how"; done | tee output
grep -q 'at the end of the script: written' output
grep -q 'in an atexit function: .*cannot schedule new futures' output
grep -q '_register_atexit: written' output
