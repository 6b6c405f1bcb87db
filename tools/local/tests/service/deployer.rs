//! Tests that `docs/deployer-policy.json` lets somebody deploy every resource of `template.yaml`.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::template::Template;

/// The actions that CloudFormation takes, with the rights of whoever deploys, for each type of
/// resource: those of the types that SAM makes of a short form are with the short form.
const ACTIONS: &[(&str, &[&str])] = &[
    (
        "AWS::ApiGatewayV2::DomainName",
        &[
            "apigateway:GET",
            "apigateway:POST",
            "apigateway:PATCH",
            "apigateway:DELETE",
            "apigateway:AddCertificateToDomain",
            "iam:CreateServiceLinkedRole",
        ],
    ),
    (
        "AWS::ApiGatewayV2::ApiMapping",
        &["apigateway:GET", "apigateway:POST", "apigateway:PATCH", "apigateway:DELETE"],
    ),
    (
        "AWS::Serverless::Function",
        &[
            "lambda:CreateFunction",
            "lambda:GetFunction",
            "lambda:GetFunctionConfiguration",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
            "lambda:DeleteFunction",
            "lambda:AddPermission",
            "lambda:RemovePermission",
            "lambda:GetPolicy",
            "lambda:CreateEventSourceMapping",
            "lambda:GetEventSourceMapping",
            "lambda:UpdateEventSourceMapping",
            "lambda:DeleteEventSourceMapping",
            "lambda:PublishVersion",
            "lambda:ListVersionsByFunction",
            "lambda:CreateAlias",
            "lambda:GetAlias",
            "lambda:UpdateAlias",
            "lambda:DeleteAlias",
            "lambda:PutFunctionConcurrency",
            "lambda:GetFunctionConcurrency",
            "lambda:DeleteFunctionConcurrency",
            "lambda:TagResource",
            "lambda:UntagResource",
            "lambda:ListTags",
            "codedeploy:CreateApplication",
            "codedeploy:GetApplication",
            "codedeploy:UpdateApplication",
            "codedeploy:DeleteApplication",
            "codedeploy:CreateDeploymentGroup",
            "codedeploy:GetDeploymentGroup",
            "codedeploy:UpdateDeploymentGroup",
            "codedeploy:DeleteDeploymentGroup",
            "codedeploy:CreateDeployment",
            "codedeploy:GetDeployment",
            "codedeploy:StopDeployment",
            "codedeploy:GetDeploymentConfig",
            "codedeploy:GetApplicationRevision",
            "codedeploy:RegisterApplicationRevision",
            "codedeploy:TagResource",
            "codedeploy:UntagResource",
            "codedeploy:ListTagsForResource",
            "iam:CreateRole",
            "iam:GetRole",
            "iam:UpdateRole",
            "iam:DeleteRole",
            "iam:PutRolePolicy",
            "iam:GetRolePolicy",
            "iam:DeleteRolePolicy",
            "iam:AttachRolePolicy",
            "iam:DetachRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:PassRole",
        ],
    ),
    (
        "AWS::Serverless::HttpApi",
        &[
            "apigateway:GET",
            "apigateway:POST",
            "apigateway:PUT",
            "apigateway:PATCH",
            "apigateway:DELETE",
            "apigateway:TagResource",
        ],
    ),
    (
        "AWS::Serverless::WebSocketApi",
        &[
            "apigateway:GET",
            "apigateway:POST",
            "apigateway:PUT",
            "apigateway:PATCH",
            "apigateway:DELETE",
            "apigateway:TagResource",
        ],
    ),
    (
        "AWS::Logs::LogGroup",
        &[
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:DescribeLogGroups",
            "logs:PutRetentionPolicy",
            "logs:DeleteRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
            "logs:ListTagsForResource",
        ],
    ),
    (
        "AWS::DynamoDB::Table",
        &[
            "dynamodb:CreateTable",
            "dynamodb:DescribeTable",
            "dynamodb:UpdateTable",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:UpdateTimeToLive",
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:UpdateContinuousBackups",
            "dynamodb:TagResource",
            "dynamodb:UntagResource",
            "dynamodb:ListTagsOfResource",
        ],
    ),
    (
        "AWS::SQS::Queue",
        &[
            "sqs:CreateQueue",
            "sqs:GetQueueAttributes",
            "sqs:SetQueueAttributes",
            "sqs:DeleteQueue",
            "sqs:TagQueue",
            "sqs:UntagQueue",
            "sqs:ListQueueTags",
        ],
    ),
    (
        "AWS::CloudFront::Distribution",
        &[
            "cloudfront:CreateDistribution",
            "cloudfront:GetDistribution",
            "cloudfront:UpdateDistribution",
            "cloudfront:DeleteDistribution",
            "cloudfront:TagResource",
        ],
    ),
    (
        "AWS::WAFv2::WebACL",
        &[
            "wafv2:CreateWebACL",
            "wafv2:GetWebACL",
            "wafv2:UpdateWebACL",
            "wafv2:DeleteWebACL",
            "wafv2:TagResource",
            "wafv2:ListTagsForResource",
        ],
    ),
    (
        "AWS::SNS::Topic",
        &[
            "sns:CreateTopic",
            "sns:GetTopicAttributes",
            "sns:SetTopicAttributes",
            "sns:DeleteTopic",
            "sns:Subscribe",
            "sns:Unsubscribe",
            "sns:ListSubscriptionsByTopic",
        ],
    ),
    (
        "AWS::CloudWatch::Alarm",
        &["cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"],
    ),
    (
        "AWS::CloudWatch::Dashboard",
        &["cloudwatch:PutDashboard", "cloudwatch:GetDashboard", "cloudwatch:DeleteDashboards"],
    ),
    (
        "AWS::Logs::QueryDefinition",
        &["logs:PutQueryDefinition", "logs:DescribeQueryDefinitions", "logs:DeleteQueryDefinition"],
    ),
    ("AWS::Budgets::Budget", &["budgets:ViewBudget", "budgets:ModifyBudget"]),
];

#[test]
fn whoever_deploys_may_make_every_resource() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/deployer-policy.json");
    let policy: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let actions = statements.iter().flat_map(|statement| statement["Action"].as_array().unwrap());
    let allowed: BTreeSet<_> = actions.map(|action| action.as_str().unwrap()).collect();
    for kind in Template::read().resource_types() {
        let known = ACTIONS.iter().find(|(known, _)| *known == kind);
        let Some((_, needed)) = known else {
            panic!(
                "template.yaml has a resource of type {kind}: add what CloudFormation does to make, \
                 read, change and delete one to ACTIONS here and to docs/deployer-policy.json"
            );
        };
        for action in *needed {
            assert!(
                allowed.contains(action),
                "template.yaml has a resource of type {kind}: docs/deployer-policy.json lacks {action}"
            );
        }
    }
    assert!(allowed.iter().all(|action| !action.contains('*')), "{allowed:?}");
}
