"""Compare our crontab with the real package: random fields, and the next run of random crontabs.

Make a virtual environment with one release of Celery for each release to compare, build the example, and run

    cargo build --example crontab_fields
    python tests/oracle/crontab_random.py target/debug/examples/crontab_fields VENV [VENV …] [--count 5000] [--seed 1]

Compared are the set of numbers, or the class and the words of the error; of whole crontabs whether they can be made, and from Celery 5.6
on the next time at which they run. The same file is the other end in each environment. Python 3.6 and later; nothing but Celery is needed.
"""
import argparse
import json
import os
import random
import sys

from peer import Peer

FIELDS = {'minute': (60, 0), 'hour': (24, 0), 'day_of_week': (7, 0), 'day_of_month': (31, 1), 'month_of_year': (12, 1)}
ORDER = ['minute', 'hour', 'day_of_week', 'day_of_month', 'month_of_year']
NAMES = ['mon', 'Tue', 'FRI', 'sunday', 'mondays', 'jan', 'December', 'feb', 'sept', 'mon#2', 'friL', 'mo', 'xyz', 'Sun', 'MAY', 'L', 'W', '?']
PIECES = ['*', '/', '-', ',', ' ', '\t', '\n', '.', '_', '+', '#', '?', 'L', '1', '0', '5', '2', '*/', '-1', '07', '1_0', "'", '"', '\\', '\u0663', '\xa0', '(', '@', ':']


# ------------------------------------------------------------------ the end in the virtual environment
def ask_celery(question):
    from celery.schedules import crontab, crontab_parser
    try:
        if 'text' in question:
            return {'values': sorted(crontab_parser(*FIELDS[question['field']]).parse(question['text']))}
        from datetime import datetime, timezone
        from celery import Celery
        after = datetime(*question['after'], tzinfo=timezone.utc)
        app = Celery(set_as_current=False)
        app.conf.timezone = 'UTC'
        made = crontab(*question['fields'], nowfun=lambda: after, app=app)
        if not question['runs']:
            return {'next': 'not asked'}
        try:
            found = after + made.remaining_estimate(after)
        except (RuntimeError, ValueError, OverflowError):
            return {'next': None}
        return {'next': [found.year, found.month, found.day, found.hour, found.minute]}
    except Exception as exc:
        return {'error': type(exc).__name__, 'message': str(exc)}


def serve():
    import celery
    print(json.dumps({'release': '.'.join(celery.__version__.split('.')[:2])}), flush=True)
    for line in sys.stdin:
        print(json.dumps(ask_celery(json.loads(line))), flush=True)


# ------------------------------------------------------------------ random questions
class Maker:
    def __init__(self, rng):
        self.rng = rng

    def number(self, field):
        (size, first), rng = FIELDS[field], self.rng
        kind = rng.random()
        if kind < .7:
            return str(rng.randrange(first, first + size))
        if kind < .8:
            return str(rng.randrange(0, 100))
        return rng.choice(NAMES) if kind < .95 else rng.choice(['', '0' + str(rng.randrange(9)), ' 1', '+2', '1_0', '_1', '1__0', '99999999999999999999', '\u0665'])

    def part(self, field):
        rng = self.rng
        part = rng.choice(['*', self.number(field), self.number(field) + '-' + self.number(field)])
        if rng.random() < .4:
            part += '/' + rng.choice([str(rng.randrange(0, 70)), str(rng.randrange(1, 6)), '', 'x', '2.5', '1_0', '99999999999999999999'])
        return part

    def text(self, field):
        rng = self.rng
        if rng.random() < .1:
            return ''.join(rng.choice(PIECES) for _ in range(rng.randrange(0, 6)))
        text = ','.join(self.part(field) for _ in range(rng.choice([1, 1, 1, 2, 3])))
        if rng.random() < .25:
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(PIECES) + text[at:]
        return text

    def valid(self, field):
        (size, first), rng = FIELDS[field], self.rng
        last = first + size - 1
        one = lambda: str(rng.randrange(first, last + 1))
        return rng.choice(['*', '*', one(), one() + ',' + one(), '*/' + str(rng.randrange(1, size)), one() + '-' + one()])

    def question(self, release):
        rng = self.rng
        if rng.random() < .85:
            field = rng.choice(ORDER)
            return {'release': release, 'field': field, 'text': self.text(field)}
        after = [rng.randrange(2020, 2030), rng.randrange(1, 13), rng.randrange(1, 29), rng.randrange(24), rng.randrange(60)]
        runs = tuple(map(int, release.split('.'))) >= (5, 6)
        return {'release': release, 'fields': [self.valid(field) for field in ORDER], 'after': after, 'runs': runs}


# ------------------------------------------------------------------ the comparison
def same(ours, theirs):
    if 'error' in ours or 'error' in theirs:
        # The text of an error about a whole crontab is not ours to tell.
        return ours.get('error') == theirs.get('error') and ('message' not in ours or message(ours) == message(theirs))
    if theirs.get('next') == 'not asked':
        return True
    return ours == theirs


def message(answer):
    """Numbers that are too large for any field have no exact value in our model, and `repr` of rare characters is Python's affair."""
    text = answer['message']
    return 'Invalid end range' if text.startswith('Invalid end range') else text.split("'")[0].split('"')[0]


def compare(model, venv, count, seed, verbose):
    celery = Peer([os.path.join(venv, 'bin', 'python'), os.path.abspath(__file__), '--serve'])
    release = celery.line()['release']
    maker = Maker(random.Random('%s %s' % (seed, release)))
    tally = {'fields': 0, 'accepted': 0, 'crontabs': 0, 'next runs': 0, 'disagreements': 0}
    for _ in range(count):
        question = maker.question(release)
        ours, theirs = model.ask(question), celery.ask(question)
        tally['fields' if 'text' in question else 'crontabs'] += 1
        tally['accepted'] += 'values' in theirs
        tally['next runs'] += isinstance(theirs.get('next'), list)
        if not same(ours, theirs):
            tally['disagreements'] += 1
            if tally['disagreements'] <= verbose:
                print(json.dumps({'question': question, 'ours': ours, 'theirs': theirs}))
    celery.close()
    print('Celery %s: %s' % (release, ', '.join('%d %s' % (number, name) for name, number in tally.items())), flush=True)
    return tally['disagreements']


def main():
    if sys.argv[1:] == ['--serve']:
        return serve()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('venv', nargs='+')
    parser.add_argument('--count', type=int, default=5000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--verbose', type=int, default=5, help='how many disagreements to show')
    options = parser.parse_args()
    model = Peer([options.model])
    wrong = sum(compare(model, venv, options.count, options.seed, options.verbose) for venv in options.venv)
    model.close()
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()
