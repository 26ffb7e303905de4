//! Whether a web application answers for what its handlers raise: exception handlers and middleware that may turn a broker
//! that is down into an answer.

use crate::project::link::{Linking, is_test_path};
use crate::project::web::guards::may_be_broker_error;
use crate::python::ir::{Call, CallFact, ExprId, ExprKind};
use crate::python::{Eval, Module, ModuleId};

/// Calls that register a handler for a class of exceptions.
const REGISTERING: &[&str] =
    &["add_exception_handler", "app_errorhandler", "errorhandler", "exception_handler", "register_error_handler"];
/// What of Django, DRF, Litestar and others answers for exceptions, by its name.
const NAMES: &[&str] =
    &["process_exception", "EXCEPTION_HANDLER", "handle_exception", "handle_user_exception", "got_request_exception"];
/// Code around every request.
const AROUND: &[&str] = &["call_next", "BaseHTTPMiddleware", "get_response", "self.app(scope"];

/// Whether something in the project may do so.
pub fn any(linking: &Linking) -> bool {
    let found = linking.per_module(|eval, id| {
        let text = linking.modules.text(id);
        let speaks = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if is_test_path(linking.modules.path(id)) {
            return Vec::new();
        }
        let named = speaks(NAMES) || speaks(AROUND) && text.contains("except");
        let registers = speaks(REGISTERING) || text.contains("exception_handlers");
        vec![named || registers && in_module(eval, id, linking.modules.get(id))]
    });
    // A middleware need not name anything of Celery: then its file is read for this alone.
    let others = linking.modules.others();
    found.into_iter().any(|it| it)
        || others.into_iter().any(|id| {
            let text = linking.modules.text(id);
            let speaks = |words: &[&str]| words.iter().any(|word| text.contains(word));
            !is_test_path(linking.modules.path(id))
                && (speaks(NAMES) || speaks(REGISTERING) || speaks(AROUND) && text.contains("except"))
        })
}

fn in_module(eval: &Eval, id: ModuleId, module: &Module) -> bool {
    module.calls.iter().any(|fact| of_call(eval, id, module, fact))
}

fn of_call(eval: &Eval, id: ModuleId, module: &Module, fact: &CallFact) -> bool {
    let Some(call) = module.call(fact.call) else { return false };
    let caught = |expr: ExprId| eval.expr(id, fact.context.scope, expr).alternatives().iter().any(may_be_broker_error);
    if module.last_name(call.func).is_some_and(|name| REGISTERING.contains(&&**name)) {
        return first(call).is_none_or(caught);
    }
    // `FastAPI(exception_handlers={Exception: …})`
    call.keyword("exception_handlers").is_some_and(|given| match &module.expr(given.value).kind {
        ExprKind::Dict(items) => items.iter().any(|(key, _)| key.is_none_or(caught)),
        _ => true,
    })
}

fn first(call: &Call) -> Option<ExprId> {
    call.args.first().filter(|argument| argument.splat.is_none()).map(|argument| argument.value)
}
