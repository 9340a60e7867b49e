"""A small execution server: launch requests in, what the drivers write out, both as JSON lines.

    python examples/execution_server.py --local /srv/pypi    # a port on loopback, told at start; or --stdin

Requests, one a line: `{"id": "7", "driver": "/srv/drivers/Switch", "args": ["--slot", "3"]}` starts that
folder's `driver.py`, `{"stop": "7"}` ends it. Answers, one a line, those of many launches mixed, each with
the launch's "id" and an "event":

    prepared    with the "prefix", whether it was there before ("reused"), and "warnings"
    output      with a "line" of the driver's
    ended       with the driver's "exit_code" (POSIX: minus n, where signal n ended it)
    stopped     on request, or because the server ends
    failed      with an "error" that has a "code", a "message", and whatever else driverenv knows

Launches go on when a client has no more requests (end of file); Ctrl+C or SIGTERM ends all drivers, then the
server. Every user of this machine may use the port: an example asks for no password.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import driverenv

LONGEST_LINE = 65536  # bytes; longer ones come in pieces
GRACE_SECONDS = 5.0  # what a driver gets to end by itself


class _Stdout:  # stands in for a connection
    async def drain(self) -> None: ...
    def close(self) -> None: ...
    def write(self, data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


Writer = asyncio.StreamWriter | _Stdout


class ExecutionServer:
    """Prepares as many environments at the same time as `pool` has threads, and runs any number of drivers."""

    def __init__(self, pool: ThreadPoolExecutor, request: Callable[[Path], driverenv.Request]) -> None:
        self._pool, self._request = pool, request
        self._launches: dict[str, asyncio.Task[None]] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Do what one client asks for. Returns when it asks for no more and its launches are over."""
        with closing(writer):
            async with asyncio.TaskGroup() as launches:
                async for line in _lines(reader):
                    order: object = None
                    try:
                        order = json.loads(line)
                        self._obey(_checked(order), launches, writer)
                    except ValueError as error:
                        told = "no JSON: " + str(error) if order is None else str(error)
                        _tell(writer, _id_of(order), "failed", error={"code": "BAD_REQUEST", "message": told})
                    await asyncio.sleep(0)  # let it begin before somebody may stop it

    def _obey(self, order: dict[str, Any], launches: asyncio.TaskGroup, writer: Writer) -> None:
        if "stop" in order:
            if str(order["stop"]) not in self._launches:
                raise ValueError(f"launch {order['stop']} is not running")
            self._launches[str(order["stop"])].cancel()
            return
        key, folder = str(order["id"]), Path(order["driver"]).absolute()
        arguments = [str(one) for one in order.get("args", [])]
        if key in self._launches:
            raise ValueError(f"launch {key} is running already")
        self._launches[key] = launches.create_task(self._launch(key, folder, arguments, writer))
        self._launches[key].add_done_callback(lambda _: self._launches.pop(key))

    async def _launch(self, key: str, folder: Path, arguments: list[str], writer: Writer) -> None:
        """One launch, from the request to the driver's end."""
        heard: list[driverenv.Event] = []
        work = partial(driverenv.prepare, self._request(folder), on_event=heard.append)
        try:
            environment = await asyncio.get_running_loop().run_in_executor(self._pool, work)
            ready = next(event for event in heard if isinstance(event, driverenv.Ready))
            warnings = [event.text for event in heard if isinstance(event, driverenv.Warned)]
            _tell(writer, key, "prepared", prefix=environment.prefix, reused=ready.reused, warnings=warnings)
            variables = {**os.environ, "PYTHONUNBUFFERED": "1"}  # lines come as they are written
            command = environment.command([str(folder / "driver.py"), *arguments], environ=variables)
            with environment.lease() as lease:  # the driver inherits it: nobody removes what it runs from
                process = await _start(command, lease, folder)
            await _follow(key, process, writer)
        except driverenv.DriverEnvError as error:
            _tell(writer, key, "failed", error=error.as_dict())
        except Exception as error:  # noqa: BLE001 (the driver did not start, the client has gone, or a bug)
            _tell(writer, key, "failed", error={"code": "SERVER", "message": repr(error)})
        except asyncio.CancelledError:
            _tell(writer, key, "stopped")
            raise


def _checked(order: object) -> dict[str, Any]:
    """A request of the right shape. Raises `ValueError`, in words for whoever sent it."""
    if not isinstance(order, dict):
        raise ValueError("a request is a JSON object")  # noqa: TRY004 (as for the others)
    missing = [] if "stop" in order else [name for name in ("id", "driver") if name not in order]
    if missing:
        raise ValueError(f"the request has no {' and no '.join(missing)}")
    if not isinstance(order.get("driver", ""), str) or not isinstance(order.get("args", []), list):
        raise ValueError("driver is a text, and args a list of texts")  # noqa: TRY004 (as above)
    return order


def _id_of(order: object) -> str | None:
    """The id that a request has, as far as one can be seen."""
    key = order.get("id", order.get("stop")) if isinstance(order, dict) else None
    return None if key is None else str(key)


async def _start(command: driverenv.Command, lease: driverenv.Lease, folder: Path) -> Process:
    return await asyncio.create_subprocess_exec(
        *command.argv,
        env=command.environ,
        cwd=folder,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        start_new_session=True,  # POSIX: a process group of its own, which ends as one
        **lease.options,
    )


async def _follow(key: str, process: Process, writer: Writer) -> None:
    """Hand on what the driver writes. Whatever happens, it has ended afterwards."""
    try:
        assert process.stdout is not None  # noqa: S101 (it is a pipe)
        async for line in _lines(process.stdout):
            _tell(writer, key, "output", line=line.decode("utf-8", "replace"))
            await writer.drain()
        _tell(writer, key, "ended", exit_code=await process.wait())
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    """Ask the driver to end, then make it."""
    try:
        _signal(process, "SIGTERM")
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    finally:  # also where somebody is in a hurry, and cancels again
        _signal(process, "SIGKILL")
        ending = asyncio.ensure_future(process.communicate())
        while not ending.done():  # it is near, and nobody else would wait for it
            with suppress(asyncio.CancelledError):
                await asyncio.shield(ending)


def _signal(process: Process, name: str) -> None:
    with suppress(ProcessLookupError, PermissionError):  # gone already
        if sys.platform == "win32":
            process.terminate()
        else:
            os.killpg(process.pid, signal.Signals[name])  # with all that it started


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The lines, without their ends; a connection that breaks has ended."""
    rest = b""
    with suppress(ConnectionError):
        while chunk := await reader.read(LONGEST_LINE):
            *whole, rest = (rest + chunk).split(b"\n")
            if len(rest) >= LONGEST_LINE:
                whole, rest = [*whole, rest], b""
            for line in whole:
                yield line.rstrip(b"\r")
    if rest:
        yield rest


def _tell(writer: Writer, key: str | None, event: str, **facts: object) -> None:
    writer.write(json.dumps({"id": key, "event": event, **facts}).encode() + b"\n")


def _read_stdin(loop: asyncio.AbstractEventLoop, reader: asyncio.StreamReader) -> None:
    """Feed `reader`, in a thread of its own: no event loop can wait for stdin on every platform."""
    while chunk := os.read(sys.stdin.fileno(), LONGEST_LINE):
        loop.call_soon_threadsafe(reader.feed_data, chunk)
    loop.call_soon_threadsafe(reader.feed_eof)


async def _serve(server: ExecutionServer, port: int | None) -> None:
    """Serve clients on `port`, or the one at stdin."""
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))  # both cancel this task
    if port is None:
        reader = asyncio.StreamReader()
        feed = partial(_read_stdin, asyncio.get_running_loop(), reader)
        threading.Thread(target=feed, daemon=True).start()
        await server.serve(reader, _Stdout())
    else:
        async with asyncio.TaskGroup() as clients:
            serve = lambda *client: clients.create_task(server.serve(*client))  # noqa: E731 (short)
            with closing(await asyncio.start_server(serve, "127.0.0.1", port)) as listener:
                _tell(_Stdout(), None, "listening", port=listener.sockets[0].getsockname()[1])
                await asyncio.Event().wait()


def main() -> None:
    """Read the options and serve; without any of the first three, the site's settings decide."""
    parser = argparse.ArgumentParser(description="a small execution server")
    parser.add_argument("--local", action="append", default=[], help="a folder or URL; repeat for more")
    parser.add_argument("--public", help="the public index's URL")
    parser.add_argument("--offline", action="store_true", help="nothing leaves the site")
    parser.add_argument("--home", help="where driverenv keeps its store and environments")
    parser.add_argument("--python", help="the drivers' interpreter: a path, or a version such as 3.12")
    parser.add_argument("--port", type=int, default=0, help="on loopback; 0: any that is free")
    parser.add_argument("--stdin", action="store_true", help="requests on stdin, answers on stdout; no port")
    options = parser.parse_args()
    local = [driverenv.Index(one if "://" in one else Path(one).resolve()) for one in options.local]
    mode = driverenv.Mode.OFFLINE if options.offline else driverenv.Mode.ONLINE
    policy = driverenv.Policy(mode=mode, local=local) if local or options.public or options.offline else None
    if policy and options.public:
        policy = policy.replace(public=driverenv.Index(options.public))
    request = partial(driverenv.Request, policy=policy, home=options.home, python=options.python)
    with ThreadPoolExecutor(8) as pool, suppress(KeyboardInterrupt):
        asyncio.run(_serve(ExecutionServer(pool, request), None if options.stdin else options.port))


if __name__ == "__main__":
    main()
