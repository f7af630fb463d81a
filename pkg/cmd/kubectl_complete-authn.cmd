@kubectl-authn.exe __complete %*
