from etl.publish.assemble import assemble


def test_x(plan, tmp_path):
    r = tmp_path / "r"
    r.mkdir()
    m = assemble(r, plan)
    import subprocess

    print(subprocess.run(["find", str(r), "-type", "f"], capture_output=True, text=True).stdout)
    import shutil

    shutil.rmtree("/tmp/rel", ignore_errors=True)
    shutil.copytree(r, "/tmp/rel")
