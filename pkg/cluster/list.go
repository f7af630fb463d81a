package cluster

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Row is an object in a table. The server sends only the cells, so that Secrets can be listed
// without their data and annotations.
type Row struct {
	Name string
	// Cells are the other columns by title, such as Status and Age.
	Cells map[string]string
}

const (
	// withoutObjects requests only the cells of a table (k8s.io/apimachinery
	// pkg/apis/meta/v1 TableOptions).
	withoutObjects = "includeObject=None"
	asTable        = "application/json;as=Table;v=v1;g=meta.k8s.io"
	listPage       = 500
	maxListPages   = 20
)

// List lists objects in the order of their names, of a namespace or (empty) of the
// cluster. Those that are not core have their group with them: deployments.apps. It keeps those whose name keep wants, and at most that many. cut: there are more,
// or there was no time to see them all. fieldSelector may be empty.
func (c *Caller) List(ctx context.Context, namespace, resource, fieldSelector string, keep func(name string) bool, most int) (rows []Row, cut bool, failure *evidence.Failure) {
	path := "/api/v1/"
	resource, group, ok := strings.Cut(resource, ".")
	if ok {
		path = "/apis/" + group + "/v1/"
	}
	if namespace != "" {
		path += "namespaces/" + url.PathEscape(namespace) + "/"
	}
	path += resource
	ctx, cancel := c.inOneCall(ctx)
	defer cancel()
	query := url.Values{"limit": {strconv.Itoa(listPage)}}
	if fieldSelector != "" {
		query.Set("fieldSelector", fieldSelector)
	}
	for range maxListPages {
		table := struct {
			Kind     string
			Metadata struct {
				Continue string
			}
			ColumnDefinitions []struct{ Name, Format string }
			Rows              []struct{ Cells []any }
		}{}
		found, failure := c.get(ctx, path+"?"+withoutObjects+"&"+query.Encode(), &table)
		switch {
		case failure != nil && len(rows) > 0:
			return rows, true, nil
		case failure != nil:
			return nil, false, failure
		case !found || table.Kind != "Table":
			return nil, false, evidence.Because(evidence.Unusable, finding.Errorf("the response to GET %s is not the requested table", finding.URL.Of(path)))
		}
		for _, r := range table.Rows {
			row := Row{Cells: map[string]string{}}
			for i, column := range table.ColumnDefinitions {
				switch {
				case i >= len(r.Cells) || r.Cells[i] == nil:
				case column.Format == "name":
					row.Name = fmt.Sprint(r.Cells[i])
				default:
					row.Cells[column.Name] = fmt.Sprint(r.Cells[i])
				}
			}
			switch {
			case row.Name == "" || !keep(row.Name):
			case len(rows) == most:
				return rows, true, nil
			default:
				rows = append(rows, row)
			}
		}
		if table.Metadata.Continue == "" {
			return rows, false, nil
		}
		query.Set("continue", table.Metadata.Continue)
	}
	return rows, true, nil
}
