//! The binary itself, under the Lambda Runtime API.

lambda_check::contract_tests!(
    http: register::Register,
    requires: [
        "LOOP_SESSION_KEYS",
        "LOOP_TABLE",
    ]
);
