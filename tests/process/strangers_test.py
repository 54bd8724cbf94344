# SPDX-License-Identifier: Apache-2.0
"""Outputs and clock lists in the shapes of other programs: no right one is condemned, no wrong one
passed. PASSBOOK_STRANGERS=N tries N of each shape; without it there are fewer."""

import os
import random

import strange_outputs as strange
from support import ProcessTest, main, read_json

COUNT = int(os.environ.get("PASSBOOK_STRANGERS", "8"))


class Strangers(ProcessTest):
    def verdicts(self, scenario, texts, *options):
        """The verdicts on many outputs of one scenario, by their names."""
        folder = self.folder / "outputs"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, text in texts.items():
            (folder / f"{name}.json").write_text(text)
        done = self.passbook("check", "--input", self.write("in.json", scenario), "--output", folder,
                             "--pattern", "*.json", "-o", "json", *options)
        self.assertIn(done.returncode, (0, 1, 2), done.stderr)
        return {os.path.basename(each["output"])[:-5]: each
                for each in read_json(done.stdout)["files"]}

    def test_of_each_shape_are_told_right_from_wrong(self):
        for seed in range(COUNT):
            chance = random.Random(seed)
            opening, listings, scenario = strange.make_scenario(chance)
            answers = strange.right_answers(opening, listings)
            wrong = {}
            texts = {}
            for name, write in strange.SHAPES.items():
                texts[f"{name}-right"] = write(chance, answers)
                wrong[name], damaged = strange.damage(chance, answers)
                texts[f"{name}-wrong"] = write(chance, damaged)
            found = self.verdicts(scenario, texts, "--schedule", "sequential")
            self.assertEqual(found.keys(), texts.keys())
            for name in strange.SHAPES:
                form = strange.FORM.get(name)
                with self.subTest(seed=seed, shape=name, wrong=wrong[name]):
                    self.judge(found[f"{name}-right"], form, True, scenario, texts)
                    self.judge(found[f"{name}-wrong"], form, False, scenario, texts)

    def judge(self, verdict, form, right, scenario, texts):
        about = (verdict, scenario, texts[os.path.basename(verdict["output"])[:-5]])
        values = [finding for finding in verdict["findings"] if not form or form not in finding]
        self.assertEqual(values == [], right, about)
        if right and not form:
            self.assertEqual(verdict["verdict"], "right", about)
        else:
            # Some mistakes look like another shape: that can't be decided, which is said.
            self.assertIn(verdict["verdict"], ("wrong", "unreadable"), about)

    def test_clock_lists_are_told_right_from_wrong(self):
        for seed in range(COUNT):
            chance = random.Random(seed)
            clocks = strange.Clocks(chance)
            for name, write in strange.CLOCK_SHAPES.items():
                way, damaged = strange.damage_events(chance, clocks.events)
                self.judge_clocks(seed, name, write(clocks, clocks.events), 0)
                self.judge_clocks(seed, f"{name}, {way}", write(clocks, damaged), 1)
            way, damaged = strange.damage_steps(chance, clocks.steps)
            self.judge_clocks(seed, "steps", strange.steps_text(clocks, clocks.steps), 0)
            self.judge_clocks(seed, f"steps, {way}", strange.steps_text(clocks, damaged), 1)

    def judge_clocks(self, seed, name, text, status):
        with self.subTest(seed=seed, shape=name):
            done = self.passbook("check", "--clock-lists", self.write("lists.json", text))
            self.assertEqual(done.returncode, status, done.stdout + done.stderr + text)


if __name__ == "__main__":
    main()
