# SPDX-License-Identifier: Apache-2.0
"""Places with a network of their own, joined by cables into one switch. They last as long as the
processes in them: the kernel takes everything away when the test ends, however it ends."""

import os
import shutil
import unittest

from support import wait_until

TOOLS = ("ip", "unshare", "nsenter")


class Network:
    """One namespace for each of the numbers, at 10.0.0.NUMBER, and one for the switch."""

    def __init__(self, test, numbers):
        skip_unless_possible(test)
        self.test = test
        self.switch = self.new_namespace()
        self.places = {number: self.new_namespace() for number in numbers}
        made = test.run_command(*self.inside(self.switch, "ip", "link", "add", "switch", "type",
                                             "bridge"))
        if made.returncode != 0:
            test.skipTest(f"there are no bridges here: {made.stderr.strip()}")
        self.set_up(self.switch, "link", "set", "switch", "up")
        for number in numbers:
            self.connect(number)

    def new_namespace(self):
        keeper = self.test.start_command("unshare", "--net", "sleep", "infinity")
        wait_until(lambda: is_elsewhere(keeper.pid), "the namespace is there")
        return keeper.pid

    def connect(self, number):
        place = self.places[number]
        self.set_up(self.switch, "link", "add", f"port{number}", "type", "veth", "peer", "name",
                    "cable", "netns", place)
        self.set_up(self.switch, "link", "set", f"port{number}", "master", "switch", "up")
        self.set_up(place, "address", "add", f"{address(number)}/24", "dev", "cable")
        self.set_up(place, "link", "set", "cable", "up")
        self.set_up(place, "link", "set", "lo", "up")

    def pull(self, number):
        self.set_up(self.switch, "link", "set", f"port{number}", "down")

    def plug(self, number):
        self.set_up(self.switch, "link", "set", f"port{number}", "up")

    def at(self, number, *command):
        """A command as it runs at one of the places."""
        return self.inside(self.places[number], *command)

    def set_up(self, place, *words):
        done = self.test.run_command(*self.inside(place, "ip", *words))
        self.test.assertEqual((done.returncode, done.stderr), (0, ""), words)

    @staticmethod
    def inside(place, *command):
        return ("nsenter", f"--net=/proc/{place}/ns/net", *command)


def address(number):
    return f"10.0.0.{number}"


def is_elsewhere(pid):
    return os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")


def skip_unless_possible(test):
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise unittest.SkipTest(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        raise unittest.SkipTest("network namespaces need root")
    tried = test.run_command("unshare", "--net", "true")
    if tried.returncode != 0:
        raise unittest.SkipTest(f"no network namespaces here: {tried.stderr.strip()}")
