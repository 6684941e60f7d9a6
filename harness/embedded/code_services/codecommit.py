"""What Moto's CodeCommit lacks: tags, the key, lists, changes, and files by branch."""

import base64
import hashlib
import json
from typing import Any

from moto.codecommit.exceptions import RepositoryDoesNotExistException
from moto.codecommit.responses import CodeCommitResponse
from moto.core.exceptions import JsonRESTError
from moto.core.utils import iso_8601_datetime_with_milliseconds

from harness.embedded.code_services.additions import add_operations


class CodeCommitAdditions:
    """Operations of CodeCommit; a repository keeps its tags, and its files by branch."""

    codecommit_backend: Any
    _get_param: Any

    def _repository(self, name: str) -> Any:
        repository = self.codecommit_backend.repositories.get(name)
        if repository is None:
            raise RepositoryDoesNotExistException(name)
        for attribute in ("tags", "branches"):
            if not hasattr(repository, attribute):
                setattr(repository, attribute, {})
        return repository

    def _tagged(self) -> Any:
        return self._repository(str(self._get_param("resourceArn")).rsplit(":", 1)[-1])

    def _branch(self, name: str) -> Any:
        branch = self._repository(self._get_param("repositoryName")).branches.get(name)
        if branch is None:
            raise JsonRESTError("BranchDoesNotExistException", f"the branch {name} does not exist")
        return branch

    def _change(self, **metadata: str) -> None:
        changed = {**metadata, "lastModifiedDate": iso_8601_datetime_with_milliseconds()}
        self._repository(self._get_param("repositoryName")).repository_metadata.update(changed)

    def create_repository(self) -> str:
        """CreateRepository with its tags and key, which Moto drops."""
        self.create_plain_repository()  # type: ignore[attr-defined]
        repository = self._repository(self._get_param("repositoryName"))
        repository.tags.update(self._get_param("tags") or {})
        if self._get_param("kmsKeyId"):
            repository.repository_metadata["kmsKeyId"] = self._get_param("kmsKeyId")
        return json.dumps({"repositoryMetadata": repository.repository_metadata})

    def list_repositories(self) -> str:
        """ListRepositories, all in one page."""
        repositories = [
            {key: repository.repository_metadata[key] for key in ("repositoryName", "repositoryId")}
            for repository in self.codecommit_backend.repositories.values()
        ]
        return json.dumps({"repositories": repositories})

    def list_tags_for_resource(self) -> str:
        """ListTagsForResource."""
        return json.dumps({"tags": self._tagged().tags})

    def tag_resource(self) -> str:
        """TagResource."""
        self._tagged().tags.update(self._get_param("tags"))
        return "{}"

    def untag_resource(self) -> str:
        """UntagResource."""
        for key in self._get_param("tagKeys"):
            self._tagged().tags.pop(key, None)
        return "{}"

    def update_repository_description(self) -> str:
        """UpdateRepositoryDescription."""
        self._change(repositoryDescription=self._get_param("repositoryDescription"))
        return "{}"

    def update_repository_encryption_key(self) -> str:
        """UpdateRepositoryEncryptionKey."""
        metadata = self._repository(self._get_param("repositoryName")).repository_metadata
        known = {"repositoryId": metadata["repositoryId"], "originalKmsKeyId": metadata.get("kmsKeyId", "")}
        self._change(kmsKeyId=self._get_param("kmsKeyId"))
        return json.dumps({**known, "kmsKeyId": metadata["kmsKeyId"]})

    def update_default_branch(self) -> str:
        """UpdateDefaultBranch, to a branch that exists."""
        self._branch(self._get_param("defaultBranchName"))
        self._change(defaultBranch=self._get_param("defaultBranchName"))
        return "{}"

    def put_file(self) -> str:
        """PutFile: one commit on a branch, which the first one creates; ids are digests of what was put."""
        repository = self._repository(self._get_param("repositoryName"))
        name, path, content = (self._get_param(key) for key in ("branchName", "filePath", "fileContent"))
        branch = repository.branches.setdefault(name, {"commitId": "", "files": {}})
        if (self._get_param("parentCommitId") or branch["commitId"]) != branch["commitId"]:
            raise JsonRESTError("ParentCommitIdOutdatedException", f"{name} has moved on to {branch['commitId']}")
        branch["files"][path] = content
        blob = hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()
        tree = hashlib.sha1(json.dumps(branch["files"], sort_keys=True).encode(), usedforsecurity=False).hexdigest()
        branch["commitId"] = hashlib.sha1(f"{branch['commitId']}{tree}".encode(), usedforsecurity=False).hexdigest()
        repository.repository_metadata.setdefault("defaultBranch", name)
        return json.dumps({"commitId": branch["commitId"], "blobId": blob, "treeId": tree})

    def get_branch(self) -> str:
        """GetBranch."""
        name = self._get_param("branchName")
        return json.dumps({"branch": {"branchName": name, "commitId": self._branch(name)["commitId"]}})

    def get_file(self) -> str:
        """GetFile, from the branch named as commit specifier or else the default one."""
        repository = self._repository(self._get_param("repositoryName"))
        name = self._get_param("commitSpecifier") or repository.repository_metadata.get("defaultBranch", "")
        path = self._get_param("filePath")
        branch = repository.branches.get(name, {"commitId": "", "files": {}})
        if path not in branch["files"]:
            raise JsonRESTError(
                "FileDoesNotExistException", f"{path} does not exist in {name or 'an empty repository'}"
            )
        content = branch["files"][path]
        blob = hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()
        known = {"commitId": branch["commitId"], "blobId": blob, "filePath": path, "fileMode": "NORMAL"}
        return json.dumps({**known, "fileSize": len(base64.b64decode(content)), "fileContent": content})


def extend() -> None:
    """Adds the operations to Moto's response class."""
    CodeCommitResponse.create_plain_repository = CodeCommitResponse.create_repository
    add_operations(CodeCommitResponse, CodeCommitAdditions)
