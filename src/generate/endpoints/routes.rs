//! Paths that no other route of the project answers.

use super::context::Context;
use crate::project::Project;

/// Paths about tasks and about Celery's health, in the order of preference.
const PREFIXES: &[&str] = &["/tasks", "/celery/tasks", "/celery-tasks"];
const HEALTH: &[&str] = &["/health/celery", "/celery/health", "/celery-health"];

/// Chooses the paths; none when all that are known are taken. `mounted` is what stands before them.
pub fn choose(project: &Project, context: &mut Context, mounted: &str) -> Option<()> {
    let is_free =
        |method: &str, path: &str| !is_taken(project, method, &format!("{}{path}", mounted.trim_end_matches('/')));
    let free = |path: &str| is_free("GET", path);
    let prefix = PREFIXES.iter().find(|prefix| {
        let under = |what: &str| free(&format!("{prefix}/{{task_id}}/{what}"));
        let submits = !context.has.submit || is_free("POST", &format!("{prefix}/{{task_name}}"));
        under("status") && under("result") && submits
    });
    context.prefix = (*prefix?).to_owned();
    context.health_path = (*HEALTH.iter().find(|path| free(path))?).to_owned();
    Some(())
}

/// Whether a route that is there may answer a path.
fn is_taken(project: &Project, method: &str, path: &str) -> bool {
    let mut same = project.endpoints.iter().filter(|it| it.method == method || it.method == "ANY" || it.method == "WS");
    same.any(|endpoint| answers(&endpoint.route, path))
}

fn answers(route: &str, path: &str) -> bool {
    let parts = |path: &str| path.trim_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let (route, path) = (parts(route), parts(path));
    // A route that takes everything is one that new ones are put before.
    route.len() == path.len()
        && route.iter().zip(&path).all(|(one, other)| is_open(one) || is_open(other) || one == other)
        && route.iter().any(|part| !is_open(part))
}

/// A part that stands for several texts.
fn is_open(part: &str) -> bool {
    part.contains(['{', '<', '(', '*'])
}

/// Whether the project's paths end with a slash, as Django's mostly do.
pub fn ends_with_slash(project: &Project) -> bool {
    let with = project.endpoints.iter().filter(|it| it.route.len() > 1 && it.route.ends_with('/')).count();
    2 * with > project.endpoints.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_answer_paths_of_their_shape() {
        let path = "/tasks/{task_id}/status";
        for (route, expected) in [
            ("/tasks/{id}/status", true),
            ("/tasks/<int:pk>/status/", true),
            ("/{kind}/{id}/status", true),
            ("/tasks/{id}/{action}", true),
            ("/tasks/{id}", false),
            ("/api/tasks/{id}/status", false),
            ("/{a}/{b}/{c}", false),
        ] {
            assert_eq!(answers(route, path), expected, "{route}");
        }
    }
}
