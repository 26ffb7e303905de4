//! The catalogue: every rule, by area. A rule stands in its area's list and nowhere else.

use crate::rule::Rule;

#[cfg(test)]
mod behaviour_tests;
pub mod calls;
pub mod canvas;
pub mod configuration;
pub mod dependencies;
pub mod deployment;
pub mod environment;
pub mod files;
pub mod schedule;
pub mod security;
pub mod tasks;
pub mod web;

/// Every rule, sorted by name.
pub fn all() -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> = [
        calls::RULES,
        canvas::RULES,
        configuration::RULES,
        dependencies::RULES,
        deployment::RULES,
        files::RULES,
        environment::RULES,
        schedule::RULES,
        security::RULES,
        tasks::RULES,
        web::RULES,
    ]
    .concat();
    rules.sort_by_key(|rule| rule.name);
    rules
}

/// The rule of that name.
pub fn by_name(name: &str) -> Option<&'static Rule> {
    all().into_iter().find(|rule| rule.name == name)
}
