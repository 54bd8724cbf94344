# SPDX-License-Identifier: Apache-2.0
"""Plots what bench/scale measured: scale_plot.py LINES.jsonl OUT.svg"""
import json
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

RULES = {"mesh": ("full mesh", "#8c8c8c", "s"), "ring": ("±1, ±2, ±4 (binary)", "#2f7ed8", "o"),
         "signed": ("the same, signed digits", "#2ca02c", "^"),
         "ternary": ("±1, ±3, ±9 (ternary)", "#e0701b", "D"), "grid": ("grid", "#b05bd0", "v")}
PANELS = [("single", "messages", "messages for one write", True),
          ("single", "bytes", "bytes for one write", True),
          ("single", "origin_messages", "of these messages, by the origin", True),
          ("single", "everywhere_ms_median", "ms until all have it", False),
          ("steady", "messages", "messages a write, one write/s a branch", True),
          ("single", "idle_messages", "messages/s a branch, idle", True),
          ("partition", "converged_ms", "ms from healing to all equal", False),
          ("steady", "memory", "heap bytes a branch, after 4 writes each", True),
          ("skewed", "local_share", "share of withdrawals served locally", False)]


def main():
    rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    plt.rcParams.update({"svg.hashsalt": "passbook", "font.size": 9, "text.color": "#777",
                         "axes.labelcolor": "#777", "xtick.color": "#777", "ytick.color": "#777",
                         "axes.edgecolor": "#999", "axes.titlecolor": "#777"})
    figure, grid = plt.subplots(3, 3, figsize=(11, 9.5))
    for axes, (part, field, title, logarithmic) in zip(grid.flat, PANELS):
        for rule, (name, color, marker) in RULES.items():
            points = sorted((row["branches"], row[field]) for row in rows
                            if row["part"] == part and row["rule"] == rule
                            and row.get("converged", 1))
            axes.plot(*zip(*points) if points else ([], []), color=color, marker=marker,
                      markersize=4, linewidth=1.3, label=name)
        axes.set_xscale("log")
        if logarithmic:
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        axes.set_title(title, fontsize=9.5)
        axes.set_xlabel("branches")
        axes.grid(True, color="#8884", linewidth=0.5)
        axes.set_facecolor("none")
    figure.legend(*grid.flat[0].get_legend_handles_labels(), loc="upper center", ncol=5,
                  frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.96))
    figure.savefig(sys.argv[2], transparent=True, metadata={"Date": None})


main()
