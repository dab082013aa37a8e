"""The AWS CLI without its start-up: it is imported once, and each command runs in a fork of that process.

python quick_aws.py SOCKET              serves, with the Python that the AWS CLI is installed in
python quick_aws.py SOCKET ARGUMENT...  runs one command; the test puts this before PATH's `aws`
"""

import json
import os
import socket
import sys
from pathlib import Path


def serve(path: str) -> None:
    """Run commands until the process is stopped."""
    from awscli.clidriver import main

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{path}.new")
        listener.listen()
        Path(f"{path}.new").rename(path)  # who finds it can connect
        while True:
            connection, _ = listener.accept()
            request, files, _, _ = socket.recv_fds(connection, 1_000_000, 2)
            if os.fork() == 0:
                told = json.loads(request)
                data = os.environ["AWS_DATA_PATH"]  # set by awscli when it is imported
                os.environ.clear()
                os.environ.update(told["environment"], AWS_DATA_PATH=data)
                os.dup2(files[0], 1)
                os.dup2(files[1], 2)
                sys.argv = ["aws", *told["arguments"]]
                try:
                    code = main()
                finally:
                    sys.stdout.flush()
                connection.sendall(bytes([code or 0]))
                os._exit(0)
            for file in files:
                os.close(file)
            connection.close()


def run(path: str, arguments: list[str]) -> int:
    """Run one command there."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        request = json.dumps({"arguments": arguments, "environment": dict(os.environ)})
        socket.send_fds(connection, [request.encode()], [1, 2])
        answer = connection.recv(1)
        return answer[0] if answer else 255


if __name__ == "__main__":
    if len(sys.argv) == 2:
        Path(sys.argv[1]).unlink(missing_ok=True)
        serve(sys.argv[1])
    sys.exit(run(sys.argv[1], sys.argv[2:]))
