//! Tests of the two APIs of `template.yaml`, of their domains, and of the front before them.

use loop_lambda::routes::ROUTES;
use serde_yaml_ng::Value;

use super::{
    Template,
    document::{parameter_of, text, written},
};

#[test]
fn the_api_has_no_stage_in_its_paths_and_is_throttled() {
    let template = Template::read();
    assert_eq!(*template.property("Api", "StageName"), "$default");
    let settings = template.property("Api", "DefaultRouteSettings");
    assert!(
        !settings["ThrottlingRateLimit"].is_null() && !settings["ThrottlingBurstLimit"].is_null()
    );
}

/// What the front hands on is personal, so nothing of it is kept; and it proves itself.
#[test]
fn the_front_keeps_nothing_hands_on_all_headers_and_proves_itself() {
    let template = Template::read();
    assert_eq!(template.0["Resources"]["FrontDistribution"]["Condition"], "HasFront");
    assert_eq!(template.0["Parameters"]["Front"]["Default"], "off");
    assert_eq!(template.0["Parameters"]["OriginCheck"]["Default"], "off");
    let config = template.property("FrontDistribution", "DistributionConfig");
    let behaviors = config["CacheBehaviors"].as_sequence().unwrap().iter();
    for behavior in behaviors.chain([&config["DefaultCacheBehavior"]]) {
        assert_eq!(behavior["CachePolicyId"], "4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
        assert_eq!(behavior["OriginRequestPolicyId"], "b689b0a8-53d0-40ab-baf2-68738e2966ac");
        assert_ne!(behavior["ViewerProtocolPolicy"], "allow-all");
    }
    assert_eq!(config["CacheBehaviors"][0]["PathPattern"], "/live");
    let methods: Vec<_> = ROUTES.iter().map(|route| Value::from(route.method)).collect();
    let allowed = config["DefaultCacheBehavior"]["AllowedMethods"].as_sequence().unwrap();
    assert!(methods.iter().all(|method| allowed.contains(method)));
    for origin in config["Origins"].as_sequence().unwrap() {
        assert_eq!(origin["CustomOriginConfig"]["OriginProtocolPolicy"], "https-only");
        let header = &origin["OriginCustomHeaders"][0];
        assert!(text(&header["HeaderName"]).eq_ignore_ascii_case(loop_lambda::ORIGIN_SECRET));
        assert!(written(&header["HeaderValue"]).contains(":SecretString:origin_secret::"));
    }
}

/// A scan with made-up links must not cost a line for each request: our functions write none, so
/// the platform around them may not do it either.
#[test]
fn a_request_leaves_a_line_only_where_the_operator_wants_it() {
    let template = Template::read();
    let logging = &template.0["Globals"]["Function"]["LoggingConfig"];
    assert_eq!(
        (&logging["LogFormat"], &logging["SystemLogLevel"]),
        (&"JSON".into(), &"WARN".into())
    );
    assert_eq!(template.0["Parameters"]["AccessLog"]["Default"], "off");
    let Value::Tagged(settings) = template.property("Api", "AccessLogSettings") else {
        panic!("it has no condition")
    };
    assert_eq!(
        (settings.tag.to_string().as_str(), &settings.value[0]),
        ("!If", &"HasAccessLog".into())
    );
    let log = text(&settings.value[1]["Format"]);
    for leak in ["$context.path", "sourceIp", "$context.identity"] {
        assert!(!log.contains(leak), "{leak}");
    }
}

/// A call has at least 25 messages: with the rate of the other routes, the channel would let
/// through a twenty-fifth of the calls that the API does.
#[test]
fn the_channel_takes_as_many_calls_as_the_api() {
    let template = Template::read();
    let default = |name: &str| template.0["Parameters"][name]["Default"].as_u64().unwrap();
    let throttle = |resource: &str| {
        let settings = template.property(resource, "DefaultRouteSettings");
        ["ThrottlingRateLimit", "ThrottlingBurstLimit"].map(|it| parameter_of(&settings[it]))
    };
    assert_eq!(throttle("Channel"), ["ChannelRate", "ChannelBurst"]);
    assert!(default("ChannelRate") >= 25 * default("RequestRate"));
    assert!(default("ChannelBurst") >= 25 * default("RequestBurst"));
}

/// A domain that is named is made with its certificate and leads to the stage, and without its URL
/// it would lead nobody there.
#[test]
fn each_api_may_have_a_domain_of_its_own() {
    let template = Template::read();
    for (api, parameters, url) in [("Api", "", "PublicUrl"), ("Channel", "Channel", "ChannelUrl")] {
        let (domain, mapping) = (format!("{api}Domain"), format!("{api}DomainMapping"));
        for resource in [&domain, &mapping] {
            let condition = &template.0["Resources"][resource.as_str()]["Condition"];
            assert_eq!(*condition, format!("Has{parameters}Domain").as_str());
        }
        let name = written(template.property(&domain, "DomainName"));
        assert_eq!(name, format!("!Ref {parameters}DomainName"));
        let certificate = &template.property(&domain, "DomainNameConfigurations")[0];
        let expected = format!("!Ref {parameters}CertificateArn");
        assert_eq!(written(&certificate["CertificateArn"]), expected);
        let mapped =
            ["ApiId", "DomainName", "Stage"].map(|name| written(template.property(&mapping, name)));
        assert_eq!(mapped, [api, &domain, &format!("{api}.Stage")].map(|it| format!("!Ref {it}")));
        let rule = &template.0["Rules"][format!("{parameters}DomainIsComplete").as_str()];
        let asserted: Vec<_> = rule["Assertions"]
            .as_sequence()
            .unwrap()
            .iter()
            .map(|assertion| written(&assertion["Assert"]))
            .collect();
        for needed in [&format!("{parameters}CertificateArn"), url] {
            assert!(
                asserted.contains(&format!("!Not [!Equals [!Ref {needed}, ]]")),
                "{asserted:?}"
            );
        }
    }
}
