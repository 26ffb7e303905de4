"""What a worker does with a time limit that is a text, once a task meets it: asks one installed release.

    VENV/bin/python tests/oracle/time_limit_text.py

Seen on 5.2, 5.4, 5.6 and 5.7, for the hard and for the soft limit: `Thread 'TimeoutHandler' crashed: TypeError("unsupported operand type(s)
for +: 'float' and 'str'")`, and the worker exits with 1 while the task waits. With numbers the task ends with `TimeLimitExceeded`.
"""
import os
import subprocess
import sys
import tempfile
import textwrap
import time

APP = '''
    import time

    from celery import Celery

    app = Celery('limits', broker='filesystem://', backend='file://{home}/results')
    app.conf.broker_transport_options = {{'data_folder_in': '{home}/queue', 'data_folder_out': '{home}/queue', 'control_folder': '{home}/control'}}
    app.conf.{setting} = {value}

    @app.task
    def slow():
        time.sleep(5)
'''


def ask(setting, value):
    home = tempfile.mkdtemp()
    os.mkdir(home + '/queue')
    os.mkdir(home + '/results')
    with open(home + '/limits.py', 'w') as file:
        file.write(textwrap.dedent(APP.format(home=home, setting=setting, value=value)))
    environment = dict(os.environ, C_FORCE_ROOT='1')
    celery = [sys.executable, '-W', 'ignore', '-m', 'celery', '-A', 'limits']
    with open(home + '/log', 'w') as log:
        worker = subprocess.Popen([*celery, 'worker', '-c1', '--without-gossip', '--without-mingle'], cwd=home, env=environment, stdout=log, stderr=log)
        time.sleep(3)
        subprocess.run([*celery, 'call', 'limits.slow'], cwd=home, env=environment, stdout=subprocess.DEVNULL, check=True)
        time.sleep(7)
        exited = worker.poll()
        if exited is None:
            worker.terminate()
        worker.wait()
    errors = [line for line in open(home + '/log') if 'Error' in line or 'Exceeded' in line]
    print(setting, value, 'the worker exited' if exited is not None else 'the worker runs', errors[-1:])


for name in ('task_time_limit', 'task_soft_time_limit'):
    for given in ('"2"', '2'):
        ask(name, given)
