//! The binary itself, under the Lambda Runtime API.

const BINARY: &str = env!("CARGO_BIN_EXE_create-call-url");

#[tokio::test]
async fn it_answers_its_event_as_the_local_server_does() {
    lambda_check::same_answer(BINARY, "create-call-url").await;
}

#[tokio::test]
async fn it_says_which_settings_are_missing() {
    lambda_check::says_which_settings_are_missing(BINARY, &["LOOP_TOKEN_KEYS"]).await;
}

#[tokio::test]
async fn it_survives_foreign_events() {
    lambda_check::survives_foreign_events(BINARY, "create-call-url").await;
}

#[tokio::test]
async fn it_says_which_setting_is_faulty() {
    lambda_check::says_which_setting_is_faulty(BINARY, "create-call-url").await;
}

#[tokio::test]
async fn it_names_settings_that_are_unknown() {
    lambda_check::names_unknown_settings(BINARY, "create-call-url").await;
}
