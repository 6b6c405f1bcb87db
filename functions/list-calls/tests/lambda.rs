//! The binary itself, under the Lambda Runtime API.

lambda_check::contract_tests!(
    http: list_calls::ListCalls,
    requires: [
        "LOOP_SESSION_KEYS",
        "LOOP_CALL_URL_KEYS",
        "LOOP_TABLE",
    ]
);
