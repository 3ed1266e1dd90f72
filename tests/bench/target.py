"""A gateway that does nothing but wait and say yes: `python -m tests.bench.target PORT MILLISECONDS`.

Answers `sendText` with 201 after the given latency, whatever the load, so that what is measured is ours. `GET /count`
tells how many it answered and how many different texts it saw.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import uuid


class Target:
    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._answered = 0
        self._texts: set[str] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._answer(reader, writer):
                pass
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        headers = head.decode("latin-1").lower()
        length = next((int(line[15:]) for line in headers.split("\r\n") if line.startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        if headers.startswith("post /message/sendtext/"):
            await asyncio.sleep(self._latency)
            given = json.loads(body)
            self._answered += 1
            self._texts.add(given["text"])
            jid = f"{given['number']}@s.whatsapp.net"
            key = {"remoteJid": jid, "fromMe": True, "id": uuid.uuid4().hex[:22].upper()}
            self._write(writer, "201 Created", {"key": key, "status": "PENDING", "messageType": "conversation"})
        elif headers.startswith("get /count"):
            self._write(writer, "200 OK", {"answered": self._answered, "different": len(self._texts)})
        else:
            self._write(writer, "200 OK", {"instance": {"instanceName": "x", "state": "open"}})
        await writer.drain()
        return "connection: close" not in headers

    @staticmethod
    def _write(writer: asyncio.StreamWriter, status: str, answer: object) -> None:
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)


async def main(port: int, milliseconds: int) -> None:
    server = await asyncio.start_server(Target(milliseconds / 1000).serve, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
