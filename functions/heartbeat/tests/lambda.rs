//! The binary itself, under the Lambda Runtime API.

lambda_check::contract_tests!(http: heartbeat::Heartbeat, requires: ["LOOP_TABLE"]);
