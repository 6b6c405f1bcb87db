//! The binary itself, under the Lambda Runtime API.

lambda_check::contract_tests!(
    http: unregister::Unregister,
    requires: [
        "LOOP_SESSION_KEYS",
        "LOOP_TABLE",
    ]
);
