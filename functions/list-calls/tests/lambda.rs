//! The binary itself, under the Lambda Runtime API.

lambda_check::contract_tests!(
    http: list_calls::ListCalls,
    requires: [
        "LOOP_TOKEN_KEYS",
        "LOOP_TABLE",
    ]
);
