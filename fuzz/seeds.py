#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: every example of the rules' pages, and every project of the fixtures.

    python3 fuzz/seeds.py [DIRECTORY]        # fuzz/corpus by default, one directory per target

A tree is one file: pieces with the record separator between them, each a path, a line end, and the text.
"""

import hashlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BETWEEN = b"\x1e"
LARGEST_TREE = 32_000
LARGEST_FILE = 16_000

# The order of `KINDS` in src/readers.rs.
KINDS = [
    (r"\.env|\.flaskenv|\.env\.prod|.*\.env", 0),
    (r"\.env\..*|.*env.*(example|sample|template).*", 1),
    (r"\.gitignore", 2),
    (r"(docker-)?compose.*\.ya?ml", 3),
    (r"Dockerfile.*|.*\.Dockerfile", 4),
    (r"Procfile.*", 5),
    (r".*\.service", 6),
    (r"supervisord?\.conf", 7),
    (r"\.gitlab-ci\.ya?ml", 10),
    (r".*\.sh|start|entrypoint", 11),
    (r".*\.(cmd|bat)", 12),
    (r".*\.ps1", 13),
    (r"Makefile.*|.*\.mk", 14),
    (r"[Jj]ustfile", 15),
    (r".*requirements.*\.(txt|in)", 16),
    (r"pyproject\.toml", 17),
    (r"Pipfile", 18),
    (r"setup\.cfg", 19),
    (r"(uv|poetry|pdm)\.lock", 20),
    (r"Pipfile\.lock", 21),
    (r".*\.toml", 22),
    (r".*\.json", 24),
    (r".*\.(ini|cfg)", 25),
    (r".*\.conf", 26),
    (r".*\.(tf|hcl)", 27),
    (r".*\.acl", 28),
    (r".*\.properties", 29),
]


def reader_of(path, text):
    """The number of the reader of a file, or None."""
    name = path.rsplit("/", 1)[-1]
    if "/.github/" in f"/{path}":
        return 9
    if name.endswith((".yml", ".yaml")) and not re.fullmatch(r"(docker-)?compose.*", name):
        if ".gitlab-ci" in name:
            return 10
        return 8 if "kind:" in text else 23
    return next((number for pattern, number in KINDS if re.fullmatch(pattern, name)), None)


def sections(page):
    """The examples of a page: lists of (role, path, text)."""
    blocks, fence, info, lines = [], None, "", []
    for line in page.split("\n"):
        if fence is None and line.startswith("### "):
            yield blocks
            blocks = []
        elif fence is None and re.match(r"`{3,}\w* ?(bad|good|fixed|config)", line):
            fence, info, lines = re.match(r"`+", line)[0], line.lstrip("`"), []
        elif fence is not None and line == fence:
            language, role, *_ = [*info.split(), "", ""]
            path = re.search(r"file=(\S+)", info)
            default = {"python": "app.py", "dotenv": ".env", "toml": "celery-lint.toml"}.get(language, "file.txt")
            blocks.append((role, path[1] if path else default, "\n".join(without_carets(lines)) + "\n"))
            fence = None
        elif fence is not None:
            lines.append(line)
    yield blocks


def without_carets(lines):
    return [line for line in lines if not re.match(r"\s*\^+( |$)", line)]


def projects():
    """Every small project that the repository holds: lists of (path, bytes)."""
    for page in sorted([*(ROOT / "rules").glob("*.md"), *(ROOT / "fixtures/rules").glob("*.md")]):
        for blocks in sections(page.read_text()):
            for roles in ({"bad", "good"}, {"fixed"}):
                files = {path: text.encode() for role, path, text in blocks if role in roles}
                if files:
                    yield list(files.items())
    for folder in ("projects", "live", "hostile"):
        for directory in sorted((ROOT / "fixtures" / folder).glob("*/")):
            yield [(real_path(file.relative_to(directory)), file.read_bytes())
                   for file in sorted(directory.rglob("*")) if file.is_file() and file.stat().st_size < LARGEST_FILE]


def real_path(path):
    """`dot.env` is `.env`."""
    return "/".join(re.sub(r"^dot(?=\.)", "", name) for name in path.parts)


def write(directory, data):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / hashlib.sha1(data).hexdigest()[:16]).write_bytes(data)


def main():
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "fuzz/corpus"
    for files in projects():
        tree = BETWEEN.join(path.encode() + b"\n" + text for path, text in files)
        if len(tree) <= LARGEST_TREE:
            write(corpus / "project", tree)
            write(corpus / "fixes", tree)
        for path, data in files:
            number = reader_of(path, data.decode(errors="replace"))
            if path.endswith(".py"):
                write(corpus / "lower", data)
            elif number is not None:
                write(corpus / "readers", bytes([number]) + data)
    for directory in sorted(corpus.iterdir()):
        print(f"{directory.name}: {sum(1 for _ in directory.iterdir())} files")


if __name__ == "__main__":
    main()
