//! Tasks, calls, canvases and schedules larger than anybody writes: every rule ends, and soon.

use std::time::{Duration, Instant};

use crate::survive;

/// What a debug build may take for one of these projects, on a machine that is busy with other tests.
const LONGEST: Duration = Duration::from_secs(60);

const HEAD: &str = "from celery import Celery, chain, chord, group, shared_task\nfrom celery.schedules import crontab\n\
                    app = Celery('shop')\n\n\n@app.task\ndef one(x=None): pass\n\n\n";

/// One project with a single module of tasks.
fn soon(what: &str, text: &str) {
    several(what, &[("shop/tasks.py".to_owned(), format!("{HEAD}{text}"))]);
}

fn several(what: &str, files: &[(String, String)]) {
    let start = Instant::now();
    survive(what, files);
    let spent = start.elapsed();
    if std::env::var_os("TIMES").is_some() {
        println!("{what}: {spent:?}");
    }
    assert!(spent < LONGEST, "{what} took {spent:?}");
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
fn long_schedules_end() {
    let long = "1,".repeat(100_000);
    soon(
        "a crontab of many numbers",
        &format!(
            "app.conf.beat_schedule = {{'a': {{'task': 'shop.tasks.one', 'schedule': crontab(minute='{long}')}}}}\n"
        ),
    );
    soon("a crontab that is no crontab", &format!("x = crontab(minute='{}')\n", "*/".repeat(500_000)));
    soon("a crontab of digits", &format!("x = crontab(minute='{}')\n", "9".repeat(200_000)));
    soon("a crontab from a string", &format!("x = crontab.from_string('{}')\n", "* ".repeat(500_000)));
    soon(
        "a rate limit of a megabyte",
        &format!("@app.task(rate_limit='{}/s')\ndef two(): pass\n", "9".repeat(1_000_000)),
    );
    let entry =
        |index| format!("    'e{index}': {{'task': 'shop.tasks.on{index}', 'schedule': {index}.5, 'args': (1, 2)}},\n");
    soon("many entries", &format!("app.conf.beat_schedule = {{\n{}}}\n", lines(3_000, entry)));
    soon("many crontabs", &lines(3_000, |index| format!("x{index} = crontab(minute='{}', hour='*')\n", index % 60)));
}

#[test]
fn large_canvases_end() {
    soon("a long chain", &format!("chain({})()\n", "one.s(), ".repeat(100_000)));
    soon("a long group in a list", &format!("group([{}])()\n", "one.s(), ".repeat(50_000)));
    soon("many bars", &format!("x = one.s(){}\nx.delay()\n", " | one.s()".repeat(900)));
    soon("too many bars", &format!("x = one.s(){}\nx.delay()\n", " | one.s()".repeat(100_000)));
    let nested = format!("{}one.s(){}", "chain(one.s(), group(".repeat(90), "))".repeat(90));
    soon("a deep canvas", &format!("{nested}.delay()\n"));
    soon("a chord in a chord", &format!("x = {}one.s(){}\nx()\n", "chord([".repeat(90), "], one.s())".repeat(90)));
    let named = lines(2_000, |index| format!("s{} = chain(s{index}, one.s())\n", index + 1));
    soon("canvases by name", &format!("s0 = one.s()\n{named}s2000.delay()\n"));
    let doubled = lines(60, |index| format!("s{} = group(s{index}, s{index})\n", index + 1));
    soon("canvases that double", &format!("s0 = one.s()\n{doubled}s60.delay()\n"));
}

#[test]
fn many_arguments_and_calls_end() {
    soon("many arguments", &format!("one.delay({})\n", "1, ".repeat(50_000)));
    soon("many keywords", &format!("one.delay({})\n", lines(20_000, |index| format!("a{index}=1, "))));
    soon("a long list of arguments", &format!("one.apply_async([{}])\n", "{1}, ".repeat(50_000)));
    soon(
        "a large dictionary",
        &format!("one.apply_async(kwargs={{{}}})\n", lines(20_000, |index| format!("'a{index}': 1, "))),
    );
    let parameters = lines(5_000, |index| format!("a{index}, "));
    soon(
        "many parameters",
        &format!("@app.task\ndef two({parameters}): pass\n\n\ntwo.delay({})\n", "1, ".repeat(5_000)),
    );
    soon("many calls", &lines(5_000, |index| format!("one.delay({index}, 2)\n")));
    soon("many names", &lines(2_000, |index| format!("app.send_task('shop.tasks.on{index}', (1,))\n")));
    soon("long names", &lines(50, |index| format!("app.send_task('{}.x{index}')\n", "a.".repeat(20_000))));
    soon("names with zeros", "app.send_task('a\\0b')\n@app.task(name='\\0')\ndef two(): pass\napp.send_task('\\0')\n");
    soon("many results", &lines(2_000, |index| format!("r{index} = one.delay()\nr{index}.get()\n")));
}

#[test]
fn many_tasks_end() {
    soon(
        "many tasks",
        &lines(2_000, |index| format!("@app.task\ndef t{index}(x): t{}.delay(x, 1)\n\n\n", (index + 1) % 2_000)),
    );
    soon("one name", &lines(2_000, |index| format!("@app.task(name='n')\ndef t{index}(x): pass\n\n\n")));
    soon("a task that calls itself", "@app.task\ndef two(x): return two.delay(two.s(two(x))).get()\n");
    let circle = lines(300, |index| format!("def f{index}(): return f{}()\n\n\n", (index + 1) % 300));
    soon("functions in a circle", &format!("{circle}@app.task\ndef two(): return f0()\n"));
    let wide = lines(30, |index| {
        format!("def g{index}(): return {}\n\n\n", lines(30, |other| format!("g{other}() or ")) + "1")
    });
    soon("functions that all call each other", &format!("{wide}@app.task\ndef two(): return g0()\n"));
    soon(
        "many decorators",
        &format!("def d(f): return f\n\n\n@app.task\n{}def two(): pass\n\n\ntwo.delay(1)\n", "@d\n".repeat(500)),
    );
    soon(
        "a decorator of itself",
        "@d\ndef d(f): return d(f)\n\n\n@app.task\n@d\ndef two(): pass\n\n\n@d\n@app.task\ndef three(): pass\n",
    );
    soon(
        "decorators in a circle",
        "def d(f): return app.task(e(f))\n\n\ndef e(f): return d(f)\n\n\n@d\ndef two(): pass\n\n\n@e\ndef three(): pass\n",
    );
    let chain = lines(200, |index| format!("def d{index}(f): return d{}(f)\n\n\n", index + 1));
    soon(
        "decorators through decorators",
        &format!("{chain}def d200(f): return app.task(f)\n\n\n@d0\ndef two(): pass\n"),
    );
    let wrappers = lines(500, |index| {
        format!(
            "def d{index}(f):\n    def inner(*a): return f(*a)\n    return app.task(inner)\n\n\n@d{index}\ndef t{index}(): pass\n\n\n"
        )
    });
    soon("many wrappers", &wrappers);
    let apps =
        lines(300, |index| format!("a{index} = Celery('a{index}')\n\n\n@a{index}.task\ndef t{index}(): pass\n\n\n"));
    soon("many apps", &apps);
}

#[test]
fn many_modules_end() {
    let circle = |count: usize, import: &dyn Fn(usize) -> String| -> Vec<(String, String)> {
        let module = |index: usize| {
            let text = format!(
                "{}from celery import shared_task\n\n\n@shared_task\ndef t(x): t.delay()\n",
                import((index + 1) % count)
            );
            (format!("shop/m{index}.py"), text)
        };
        (0..count).map(module).collect()
    };
    several(
        "imports in a circle",
        &circle(200, &|next| format!("from shop.m{next} import t as other\nother.delay()\n")),
    );
    several("stars in a circle", &circle(200, &|next| format!("from shop.m{next} import *\nmissing.delay()\n")));
    let storm = |_| lines(40, |other| format!("from shop.m{other} import *\n")) + "nowhere.delay()\n";
    several("a storm of stars", &circle(40, &storm));
    let deep = (0..40).map(|depth| (format!("{}t.py", "a/".repeat(depth)), format!("{HEAD}app.send_task('a.t.on')\n")));
    several("deep packages", &deep.collect::<Vec<_>>());
}
