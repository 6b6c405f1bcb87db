//! The binary itself, under the Lambda Runtime API.

lambda_check::contract_tests!(http: open_call_url::OpenCallUrl, requires: ["LOOP_CALL_URL_KEYS"]);
