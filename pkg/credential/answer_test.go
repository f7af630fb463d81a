package credential

import (
	"encoding/base64"
	"strings"
	"testing"
)

const (
	awsRequest = "https://sts.eu-north-1.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Credential=ASIAEXAMPLE%2F20260524%2Feu-north-1%2Fsts%2Faws4_request&X-Amz-Date=20260524T191028Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=00"
	opaqueText = "ya29.hunter2"
)

func awsOf(query string) string {
	return awsToken + base64.RawURLEncoding.EncodeToString([]byte(awsRequest+query))
}

// The answers of token services and the outputs of CLIs have no kind; their token is found by the member or by its form.
func TestAnswers(t *testing.T) {
	aws, other := awsOf(""), awsOf("&a=b")
	for name, c := range map[string]struct{ content, raw string }{
		"an OpenID Connect answer":          {`{"access_token":"` + opaqueText + `","id_token":"` + jwt + `","token_type":"Bearer"}`, jwt},
		"an OAuth answer":                   {`{"access_token":"` + opaqueText + `","expires_in":3599,"token_type":"Bearer"}`, opaqueText},
		"two JWTs, one of them an ID token": {`{"access_token":"` + jwt + `x","id_token":"` + jwt + `"}`, jwt},
		"AWS Cognito":                       {`{"AuthenticationResult":{"IdToken":"` + jwt + `","AccessToken":"` + jwt + `x"}}`, jwt},
		"the only JWT":                      {`{"count":1,"value":"` + jwt + `"}`, jwt},
		"az":                                {"{\n  \"accessToken\": \"" + jwt + "\",\n  \"tenant\": \"t\"\n}\n", jwt},
		"gcloud in YAML":                    {"configuration:\n  active_configuration: default\ncredential:\n  access_token: " + opaqueText + "\n  id_token: " + jwt + "\n", jwt},
		"Vault's login":                     {`{"data":null,"auth":{"client_token":"hvs.hunter2","accessor":"a"}}`, "hvs.hunter2"},
		"Vault's secrets engine":            {`{"data":{"service_account_namespace":"n","service_account_token":"` + jwt + `"}}`, jwt},
		"a header in JSON":                  {`{"headers":{"Authorization":"Bearer ` + jwt + `"}}`, jwt},
		"HCP Terraform":                     {`{"data":{"type":"tokens","attributes":{"token":"AbCdEfGhIjKlMn.atlasv1.hunter2"}}}`, "AbCdEfGhIjKlMn.atlasv1.hunter2"},
		"a list of one":                     {`[ {"name":"a","token":"` + jwt + `"} ]`, jwt},
		"the same token twice":              {`[{"token":"` + jwt + `"},{"token":"` + jwt + `"}]`, jwt},
		"an AWS token in HCL":               {"host  = \"https://x\"\ntoken = \"" + aws + "\"\n", aws},
		"an AWS token in a .env file":       {"A=b\nTOKEN='" + aws + "'\n", aws},
		"an AWS token in a log of JSON":     {`{"msg":"token ` + aws + ` rejected"}` + "\n" + `{"msg":"x"}`, aws},
		"an AWS token in a message":         {`{"msg":"token ` + aws + ` rejected"}`, aws},
		"an AWS token in YAML":              {"user:\n  token: " + aws + "\n", aws},
		"an AWS token in a header":          {"Authorization: Bearer " + aws, aws},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Recognise([]byte(c.content), Stdin)
			if err != nil {
				t.Fatal(err)
			}
			if got.Token == nil || got.Token.Raw.Reveal() != c.raw {
				t.Errorf("found a %s", got.Type())
			}
		})
	}
	for name, c := range map[string]struct{ content, want string }{
		"an error":             {`{"error":"invalid_grant","error_description":"` + strings.Repeat("long ", 100) + `"}`, `"invalid_grant": "long `},
		"a repeated secret":    {`{"error":"invalid_grant","error_description":"unknown: hunter2","refresh_token":"hunter2"}`, `"unknown: REDACTED"`},
		"a key set":            {`{"keys":[]}`, "key set"},
		"a discovery document": {`{"issuer":"https://a","jwks_uri":"https://a/keys"}`, "discovery document"},
		"claims":               {`{"iss":"https://a","sub":"b"}`, "claims of a token"},
		"a credential of AWS":  {`{"Credentials":{"AccessKeyId":"ASIA","SecretAccessKey":"hunter2"}}`, "aws eks get-token"},
		"a Google key":         {`{"type":"service_account","client_email":"a","private_key":"hunter2"}`, "key file of Google"},
		"a refresh token":      {`{"refresh_token":"hunter2"}`, "refresh token"},
		"Google's own login":   {`{"type":"authorized_user","client_id":"a","client_secret":"b","refresh_token":"1//0hunter2hunter2hunter2"}`, "refresh token"},
		"a token by name only": {`{"token":"hunter2"}`, "no kind"},
		"an empty ID token":    {`{"id_token":"","other":"hunter2"}`, "no kind"},
		"a text":               {`{"access_token":"not a token hunter2"}`, "no kind"},
		"two tokens":           {`{"a":"` + jwt + `","b":["` + aws + `"]}`, `2 tokens: give one of "a", "b[0]"`},
		"two AWS tokens":       {"a " + aws + " b " + other, "2 tokens"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Recognise([]byte(c.content), Stdin)
			if err == nil || !strings.Contains(err.Error(), c.want) || containsSecret(err.Error()) || len(err.Error()) > 400 {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// Several tokens of a document are several credentials.
func TestAnswersOfSeveral(t *testing.T) {
	got, err := RecogniseAll([]byte(`[{"token":"`+jwt+`"},{"token":"`+awsOf("")+`"}]`), Stdin, "")
	if err != nil || len(got.Credentials) != 2 || got.Credentials[1].Type() != "AWSIAMToken" || got.Credentials[1].Source.String() != "standard input [1].token" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// An AWS IAM token that is broken into lines is one token, and not a token in other text.
func TestWrappedAWSToken(t *testing.T) {
	token := awsOf("")
	got, err := Recognise([]byte(token[:40]+"\n"+token[40:]), Stdin)
	if err != nil || got.Document || got.Token.Inner == nil {
		t.Errorf("got %+v, %v", got, err)
	}
}
