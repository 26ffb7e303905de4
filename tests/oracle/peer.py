"""The other end of a comparison: a process that answers each line of JSON with one. Python 3.6 and later."""
import json
import subprocess


class Peer:
    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True, encoding='utf-8', **options)

    def line(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + '\n')
        self.process.stdin.flush()
        return self.line()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
