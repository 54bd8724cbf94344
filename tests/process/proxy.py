# SPDX-License-Identifier: Apache-2.0
"""A wire between two processes that a test can damage: what connects to the one port is forwarded
to the other, as long as the wire is whole."""

import asyncio
import socket
import struct
import threading

LOOPBACK = "127.0.0.1"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
MOST_BYTES = 65536


class Proxy:
    """Listens from the beginning to `close()`, but while it is broken off. What a method does is
    done when it returns."""

    def __init__(self, port, target):
        self.port, self.target = port, target
        self.connections = set()
        self.server = None
        self.loop = asyncio.new_event_loop()
        self.whole = asyncio.Event()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.heal()

    def cut(self):
        """From now on the wire is dead: no byte and no end of a connection comes through, and new
        connections, which are still accepted, hear nothing. What is under way is kept, as by TCP,
        and arrives once the wire is healed."""
        self.run(self.do_cut())

    def break_off(self):
        """Resets all connections, and refuses new ones."""
        self.run(self.do_break_off())

    def heal(self):
        self.run(self.do_heal())

    def close(self):
        self.break_off()
        self.run(self.do_cancel())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def run(self, coroutine):
        asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    async def do_cut(self):
        self.whole.clear()
        await self.listen()

    async def do_break_off(self):
        if self.server:
            self.server.close()
            self.server = None
        for connection in list(self.connections):
            reset(connection)
        self.connections.clear()

    async def do_heal(self):
        self.whole.set()
        await self.listen()

    async def listen(self):
        if not self.server:
            self.server = await asyncio.start_server(self.accept, LOOPBACK, self.port)

    async def do_cancel(self):
        pumps = asyncio.all_tasks() - {asyncio.current_task()}
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    async def accept(self, reader, writer):
        self.connections.add(writer)
        await self.wait_until_whole()
        try:
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self.target)
        except OSError:
            reset(writer)
            return
        if writer.is_closing():
            reset(far_writer)
            return
        self.connections.add(far_writer)
        await asyncio.gather(self.pump(reader, far_writer), self.pump(far_reader, writer))
        self.connections -= {writer, far_writer}

    async def pump(self, reader, writer):
        try:
            while data := await reader.read(MOST_BYTES):
                await self.wait_until_whole()
                writer.write(data)
                await writer.drain()
            await self.wait_until_whole()
            writer.close()
        except OSError:
            await self.wait_until_whole()
            reset(writer)

    async def wait_until_whole(self):
        while not self.whole.is_set():
            await self.whole.wait()


def reset(writer):
    plug = writer.get_extra_info("socket")
    if plug.fileno() >= 0:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()
