//! The binary itself, under the Lambda Runtime API.

lambda_check::contract_tests!(
    http: create_call_url::CreateCallUrl,
    requires: [
        "LOOP_SESSION_KEYS",
        "LOOP_CALL_URL_KEYS",
    ]
);
