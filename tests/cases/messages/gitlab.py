"""python-gitlab: the class says what was tried, the status why it failed; the text is GitLab's."""

import gitlab
from gitlab.exceptions import GitlabAuthenticationError, GitlabGetError

gl = gitlab.Gitlab("https://gitlab.example", private_token="t")


def branch(project, name):
    try:
        return project.branches.create({"branch": name, "ref": "main"})
    except gitlab.GitlabCreateError as e:
        if "already exists" in e.error_message:  # expect: HED101
            return None
        if b"already exists" in e.response_body:  # expect: HED101
            return None
        if e.response_code == 409:  # clean: the status
            return None
        raise


def project_of(name):
    try:
        return gl.projects.get(name)
    except GitlabAuthenticationError as e:
        return str(e)
    except GitlabGetError as e:
        if "404" in str(e):  # expect: HED103
            return None
        print(f"{e.response_code}: {e.error_message}")  # clean: told, not tested
        raise


def ask_broadly(name):
    try:
        return gl.projects.get(name)
    except Exception as e:
        return None if "Project Not Found" in str(e) else name  # expect: HED101


def configured(section):
    try:
        return gitlab.Gitlab.from_config(section)
    except gitlab.config.ConfigError as e:
        if "not found" in str(e):  # clean: a file of this machine
            return None
        raise


def version():
    try:
        return gl.version()
    except Exception as e:
        return None if "Not Found" in str(e) else 0  # clean: it raises for no answer


def lint(manager, text):
    try:
        manager.validate({"content": text})
    except gitlab.exceptions.GitlabCiLintError as e:
        return "jobs config" in str(e)  # clean: what is wrong with a file, no failed call
