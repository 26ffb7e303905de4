//! Variables that hosted CI sets, where its prefix is not its own: an application that signs people in with GitHub reads
//! `GITHUB_CLIENT_ID`.
//!
//! From "Default environment variables" (GitHub Actions), "Predefined CI/CD variables reference" (GitLab) and "Variables
//! and secrets" (Bitbucket Pipelines).

/// What follows each prefix.
const NAMES: &[(&str, &str)] = &[
    (
        "GITHUB_",
        "ACTION ACTIONS ACTION_PATH ACTION_REF ACTION_REPOSITORY ACTOR ACTOR_ID API_URL BASE_REF ENV \
         EVENT_NAME EVENT_PATH GRAPHQL_URL HEAD_REF JOB OUTPUT PATH REF REF_NAME REF_PROTECTED REF_TYPE \
         REPOSITORY REPOSITORY_ID REPOSITORY_OWNER REPOSITORY_OWNER_ID RETENTION_DAYS RUN_ATTEMPT RUN_ID \
         RUN_NUMBER SERVER_URL SHA STATE STEP_SUMMARY TRIGGERING_ACTOR WORKFLOW WORKFLOW_REF WORKFLOW_SHA \
         WORKSPACE",
    ),
    ("GITLAB_", "CI FEATURES USER_EMAIL USER_ID USER_LOGIN USER_NAME"),
    (
        "BITBUCKET_",
        "BOOKMARK BRANCH BUILD_NUMBER CLONE_DIR COMMIT DEPLOYMENT_ENVIRONMENT DEPLOYMENT_ENVIRONMENT_UUID \
         DOCKER_HOST_INTERNAL EXIT_CODE GIT_HTTP_ORIGIN GIT_SSH_ORIGIN PARALLEL_STEP PARALLEL_STEP_COUNT \
         PIPELINE_UUID PROJECT_KEY PROJECT_UUID PR_DESTINATION_BRANCH PR_DESTINATION_COMMIT PR_ID \
         REPO_FULL_NAME REPO_IS_PRIVATE REPO_OWNER REPO_OWNER_UUID REPO_SLUG REPO_UUID SSH_KEY_FILE \
         STEP_OIDC_TOKEN STEP_RUN_NUMBER STEP_TRIGGERER_UUID STEP_UUID TAG WORKSPACE",
    ),
];

/// Whether a hosted CI sets the variable.
pub fn is_set(key: &str) -> bool {
    NAMES.iter().any(|(prefix, names)| {
        key.strip_prefix(prefix).is_some_and(|rest| names.split_ascii_whitespace().any(|name| name == rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_an_application_are_not_those_of_ci() {
        for key in ["GITHUB_SHA", "GITHUB_WORKSPACE", "GITLAB_CI", "GITLAB_USER_LOGIN", "BITBUCKET_COMMIT"] {
            assert!(is_set(key), "{key}");
        }
        for key in ["GITHUB_CLIENT_ID", "GITHUB_TOKEN", "GITHUB_", "GITLAB_CLIENT_SECRET", "GITLAB_HOST", "SHA"] {
            assert!(!is_set(key), "{key}");
        }
    }
}
