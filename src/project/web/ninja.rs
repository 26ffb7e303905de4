//! django-ninja: operations on an API or its routers. The API itself hangs in a URL configuration.

use super::collect::Registration;
use super::kinds::Object;
use super::registry::Fact;
use super::scan::Scan;

const VERBS: &[&str] = &["delete", "get", "patch", "post", "put"];

pub fn register(scan: &Scan, object: &Object, call: &Registration, facts: &mut Vec<Fact>) {
    match call.method {
        verb if VERBS.contains(&verb) => {
            let Some(path) = call.path(0, "path") else { return };
            facts.push(call.route(object, vec![verb.to_uppercase()], path, call.handler(scan, usize::MAX, "")));
        }
        "api_operation" => {
            let methods = call.args.get(0, "methods").map(super::collect::methods_of).unwrap_or_default();
            let Some(path) = call.path(1, "path") else { return };
            facts.push(call.route(object, methods, path, call.handler(scan, usize::MAX, "")));
        }
        "add_router" => {
            if let Some(child) = call.args.get(1, "router") {
                let child = named_object(scan, call, child);
                facts.extend(call.include(object, &child, call.path(0, "prefix"), false));
            }
        }
        _ => {}
    }
}

/// A router may be given by its dotted path.
fn named_object(scan: &Scan, call: &Registration, child: &crate::python::Value) -> crate::python::Value {
    let found = child.as_literal().and_then(|dotted| {
        let (module, name) = dotted.rsplit_once('.')?;
        let module = scan.eval.modules.by_dotted(call.site.module, module)?;
        scan.eval.global(module, name)
    });
    found.unwrap_or_else(|| child.clone())
}
