//! How long the parts of a run take: lowering, linking, each rule. `cargo bench` measures the fixtures; `CELERY_LINT_BENCH=DIRECTORY
//! cargo bench` another tree (`benches/fetch` brings some). `cargo bench -- link` runs what has that in its name.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first thing that goes wrong")]

use std::hint::black_box;
use std::path::PathBuf;

use celery_lint::config::Settings;
use celery_lint::files::kind::kind;
use celery_lint::project::Project;
use celery_lint::python::lower::lower;
use celery_lint::rule::{Check, Report};
use celery_lint::source::walk::{WalkOptions, load};
use celery_lint::source::{FileKind, Sources};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

fn tree() -> PathBuf {
    let fixtures = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects");
    std::env::var_os("CELERY_LINT_BENCH").map_or_else(fixtures, PathBuf::from)
}

fn sources() -> Sources {
    load(&tree(), &WalkOptions::new(kind)).unwrap()
}

fn walking(criterion: &mut Criterion) {
    criterion.bench_function("walk and read", |bencher| bencher.iter(|| black_box(sources())));
}

fn lowering(criterion: &mut Criterion) {
    let sources = sources();
    let python: Vec<_> = sources.of_kind(FileKind::Python).collect();
    let mut group = criterion.benchmark_group("lower");
    group.throughput(Throughput::Bytes(python.iter().map(|file| file.text.len() as u64).sum()));
    group.bench_function("every Python file", |bencher| {
        bencher.iter(|| python.iter().map(|file| black_box(lower(file.id, &file.text)).exprs.len()).sum::<usize>());
    });
    group.finish();
}

fn linking(criterion: &mut Criterion) {
    let settings = Settings::default();
    criterion.bench_function("link", |bencher| {
        bencher.iter_batched(sources, |sources| Project::link(sources, &settings), BatchSize::PerIteration);
    });
}

fn rules(criterion: &mut Criterion) {
    let project = Project::link(sources(), &Settings::default());
    let mut group = criterion.benchmark_group("rule");
    for rule in celery_lint::rules::all() {
        let Check::Project(check) = rule.check else { continue };
        group.bench_function(rule.name, |bencher| {
            bencher.iter(|| {
                let mut report = Report::default();
                check(&project, &mut report);
                black_box(report).findings.len()
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = parts;
    config = Criterion::default().sample_size(10);
    targets = walking, lowering, linking, rules
}
criterion_main!(parts);
