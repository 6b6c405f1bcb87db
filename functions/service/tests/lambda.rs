//! The binary itself, under the Lambda Runtime API.

lambda_check::contract_tests!(http: service::Service, requires: []);
