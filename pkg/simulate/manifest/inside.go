package manifest

// AuthenticationConfiguration returns the AuthenticationConfiguration inside the ConfigMaps and Secrets of a file;
// false if the file has none.
func AuthenticationConfiguration(data []byte) ([]byte, bool) {
	docs, err := documents(data)
	if err != nil {
		return nil, false
	}
	for _, doc := range docs {
		for _, o := range flatten(doc, "") {
			if o.kind != "ConfigMap" && o.kind != "Secret" {
				continue
			}
			for _, f := range contents(o) {
				if inner, err := documents(f.data); err == nil && len(inner) > 0 && isAuthenticationConfiguration(objectOf(inner[0])) {
					return f.data, true
				}
			}
		}
	}
	return nil, false
}

// IsAuthenticationConfiguration reports whether a file is an AuthenticationConfiguration or has one in a ConfigMap
// or Secret, and configures no API server otherwise.
func IsAuthenticationConfiguration(data []byte) bool {
	docs, err := documents(data)
	if err != nil || len(docs) == 0 {
		return false
	}
	if isAuthenticationConfiguration(objectOf(docs[0])) {
		return true
	}
	if _, ok := AuthenticationConfiguration(data); !ok {
		return false
	}
	_, err = Parse(data, Reader{})
	return err != nil
}
