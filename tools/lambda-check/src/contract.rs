//! The tests that each function runs on its binary.

/// Defines the tests of the binary of the package in which the macro is called. They need the
/// function's type and the settings without which it does not start:
///
/// ```ignore
/// lambda_check::contract_tests!(http: heartbeat::Heartbeat, requires: ["LOOP_TABLE"]);
/// lambda_check::contract_tests!(events: some_function::SomeFunction, requires: ["LOOP_TABLE"]);
/// ```
///
/// The binary, and the event in `events/`, have the name of the package.
#[macro_export]
macro_rules! contract_tests {
    (http: $function:ty, requires: [$($setting:literal),* $(,)?]) => {
        #[tokio::test]
        async fn it_responds_as_it_does_in_process() {
            $crate::responds_as_in_process::<$function>(BINARY, NAME).await;
        }

        $crate::contract_tests!(
            build: $crate::HttpHandler::from_settings::<$function>,
            requires: [$($setting),*]
        );
    };

    (events: $function:ty, requires: [$($setting:literal),* $(,)?]) => {
        $crate::contract_tests!(
            build: $crate::EventHandler::from_settings::<$function>,
            requires: [$($setting),*]
        );
    };

    (build: $build:expr, requires: [$($setting:literal),* $(,)?]) => {
        const NAME: &str = env!("CARGO_PKG_NAME");
        const BINARY: &str = env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME")));

        #[tokio::test]
        async fn it_says_which_settings_are_missing() {
            $crate::says_which_settings_are_missing(BINARY, NAME, &[$($setting),*]).await;
        }

        #[tokio::test]
        async fn it_survives_foreign_events() {
            $crate::survives_foreign_events(BINARY, NAME).await;
        }

        #[tokio::test]
        async fn it_says_which_setting_is_faulty() {
            $crate::says_which_setting_is_faulty(BINARY, NAME, $build).await;
        }

        #[tokio::test]
        async fn it_names_settings_that_are_unknown() {
            $crate::names_unknown_settings(BINARY, NAME).await;
        }
    };
}
