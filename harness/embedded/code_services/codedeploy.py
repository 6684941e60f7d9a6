"""What Moto's CodeDeploy lacks: changes and deletions, what groups and deployments tell of themselves, and deployments that deploy."""

from typing import Any

from moto.codedeploy import responses
from moto.codedeploy.models import CodeDeployBackend
from moto.codedeploy.responses import CodeDeployResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from harness.embedded.code_services.additions import add_operations
from harness.embedded.code_services.lambda_deployments import LambdaDeployments

GROUP_ATTRIBUTES = {
    "newDeploymentGroupName": "deployment_group_name",
    "deploymentConfigName": "deployment_config_name",
    "serviceRoleArn": "service_role_arn",
    "triggerConfigurations": "trigger_configurations",
    "autoRollbackConfiguration": "auto_rollback_configuration",
    "alarmConfiguration": "alarm_configuration",
    "deploymentStyle": "deployment_style",
    "outdatedInstancesStrategy": "outdated_instances_strategy",
    "terminationHookEnabled": "termination_hook_enabled",
    "autoScalingGroups": "auto_scaling_groups",
    "blueGreenDeploymentConfiguration": "blue_green_deployment_configuration",
    "ec2TagFilters": "ec2_tag_filters",
    "ecsServices": "ecs_services",
    "loadBalancerInfo": "load_balancer_info",
    "onPremisesInstanceTagFilters": "on_premises_instance_tag_filters",
}


class CodeDeployAdditions:
    """Operations of CodeDeploy on groups and applications that exist."""

    codedeploy_backend: Any
    _get_param: Any

    def update_application(self) -> EmptyResult:
        """UpdateApplication: another name; groups and tags go with it."""
        backend, name = self.codedeploy_backend, self._get_param("applicationName")
        application, new = backend.get_application(name), self._get_param("newApplicationName") or name
        application.application_name = new
        backend.applications[new] = backend.applications.pop(name)
        backend.deployment_groups[new] = backend.deployment_groups.pop(name, {})
        _move_tags(backend, backend._application_arn(name), backend._application_arn(new))
        for group in backend.deployment_groups[new]:
            old_arn, new_arn = (backend._deployment_group_arn(owner, group) for owner in (name, new))
            _move_tags(backend, old_arn, new_arn)
        return EmptyResult()

    def update_deployment_group(self) -> ActionResult:
        """UpdateDeploymentGroup: the attributes given, the others stay."""
        backend, application = self.codedeploy_backend, self._get_param("applicationName")
        name = self._get_param("currentDeploymentGroupName")
        group = backend.get_deployment_group(application, name)
        for parameter, attribute in GROUP_ATTRIBUTES.items():
            value = self._get_param(parameter)
            if value is not None:
                setattr(group, attribute, value)
        new = group.deployment_group_name
        groups = backend.deployment_groups[application]
        groups[new] = groups.pop(name)
        old_arn, new_arn = (backend._deployment_group_arn(application, group_name) for group_name in (name, new))
        _move_tags(backend, old_arn, new_arn)
        return ActionResult({"hooksNotCleanedUp": []})

    def delete_deployment_group(self) -> ActionResult:
        """DeleteDeploymentGroup with its tags; as on AWS, one that is not there is no error."""
        backend, application = self.codedeploy_backend, self._get_param("applicationName")
        name = self._get_param("deploymentGroupName")
        backend.deployment_groups.get(application, {}).pop(name, None)
        backend.tagger.delete_all_tags_for_resource(backend._deployment_group_arn(application, name))
        return ActionResult({"hooksNotCleanedUp": []})

    def delete_application(self) -> EmptyResult:
        """DeleteApplication with its groups, and the tags of all."""
        backend, name = self.codedeploy_backend, self._get_param("applicationName")
        backend.applications.pop(name, None)
        for group in backend.deployment_groups.pop(name, {}):
            backend.tagger.delete_all_tags_for_resource(backend._deployment_group_arn(name, group))
        backend.tagger.delete_all_tags_for_resource(backend._application_arn(name))
        return EmptyResult()


def _move_tags(backend: Any, old_arn: str, new_arn: str) -> None:
    tags = backend.tagger.list_tags_for_resource(old_arn)["Tags"]
    if old_arn != new_arn and tags:
        backend.tagger.delete_all_tags_for_resource(old_arn)
        backend.tagger.tag_resource(new_arn, tags)


def extend(ministack_endpoint: str) -> None:
    """Adds the operations, what answers leave out, and the deployments of Lambda's aliases."""
    add_operations(CodeDeployResponse, CodeDeployAdditions)
    group_info, deployment_info = responses._deployment_group_info, responses._deployment_info

    def full_group_info(group: Any) -> dict[str, Any]:
        last = {f"last{kind}Deployment": told for kind, told in getattr(group, "last_deployments", {}).items()}
        scaling = [{"name": name} for name in group.auto_scaling_groups]
        told = {"alarmConfiguration": group.alarm_configuration or {}, "autoScalingGroups": scaling}
        return {**group_info(group), **last, **told}

    def full_deployment_info(deployment: Any) -> dict[str, Any]:
        return {**deployment_info(deployment), "errorInformation": getattr(deployment, "error_information", {})}

    responses._deployment_group_info, responses._deployment_info = full_group_info, full_deployment_info
    create, aliases = CodeDeployBackend.create_deployment, LambdaDeployments(ministack_endpoint)

    def create_deployment(backend: Any, **given: Any) -> str:
        identifier: str = create(backend, **given)
        deployment = backend.deployments[identifier]
        if deployment.application.compute_platform == "Lambda":
            _deploy(aliases, deployment)
        return identifier

    CodeDeployBackend.create_deployment = create_deployment


def _deploy(aliases: LambdaDeployments, deployment: Any) -> None:
    """Does a deployment at once, so that the first GetDeployment already tells how it ended."""
    deployment.start_time = utcnow()
    failure = aliases.move(deployment.deployment_group.service_role_arn, deployment.revision)
    deployment.status = "Failed" if failure else "Succeeded"
    deployment.error_information = {"code": failure.code, "message": failure.message} if failure else {}
    deployment.complete_time = utcnow()
    _remember(deployment)


def _remember(deployment: Any) -> None:
    known = {
        "deploymentId": deployment.deployment_id,
        "status": deployment.status,
        "createTime": deployment.create_time,
        "endTime": deployment.complete_time,
    }
    group = deployment.deployment_group
    kinds = ("Attempted", "Successful") if deployment.status == "Succeeded" else ("Attempted",)
    group.last_deployments = {**getattr(group, "last_deployments", {}), **dict.fromkeys(kinds, known)}
