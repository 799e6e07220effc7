"""Fails on lines of Go code longer than 100 characters (140 with a struct tag).

python scripts/line_lengths.py FOLDER...
"""
import pathlib
import re
import sys

TAG = re.compile(r"`[a-z]+:\"")

bad = 0
for folder in sys.argv[1:]:
    for path in sorted(pathlib.Path(folder).rglob("*.go")):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if len(line) > (140 if TAG.search(line) else 100):
                print(f"{path}:{number}: {len(line)} characters")
                bad += 1
sys.exit(f"{bad} lines are too long" if bad else 0)
