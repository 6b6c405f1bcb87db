//! The binary itself, under the Lambda Runtime API.

lambda_check::contract_tests!(
    http: place_call::PlaceCall,
    requires: [
        "LOOP_CALL_URL_KEYS",
        "LOOP_PARTICIPANT_KEYS",
        "LOOP_TABLE",
        "LOOP_CHANNEL_URL",
    ]
);
