@rem cmd would run a kubectl-authn.exe of the folder that one is in.
@set NoDefaultCurrentDirectoryInExePath=1
@kubectl-authn.exe __complete %*
