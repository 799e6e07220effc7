package motorpool_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/simulation/motorpool"
)

var regen = flag.Bool("regen", false, "write the parameter table of docs/model.md anew")

// The parameter table of docs/model.md is made from the parameters.
func TestParameterTable(t *testing.T) {
	p := motorpool.Default()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var defaults map[string]json.RawMessage
	if err := json.Unmarshal(raw, &defaults); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("\n| parameter | default | unit | meaning | source |\n|---|---|---|---|---|\n")
	for _, d := range motorpool.Parameters() {
		if d.Source == "" {
			t.Errorf("the default of %s has no source", d.Name)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", d.Name,
			strings.Trim(string(defaults[d.Name]), `"`), d.Unit, d.Doc, d.Source)
	}
	path := filepath.Join(testdata.Root(), "docs/model.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const first, last = "<!-- parameters -->", "<!-- /parameters -->"
	head, rest, ok := strings.Cut(string(page), first)
	old, tail, ok2 := strings.Cut(rest, last)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the parameters", path)
	}
	if *regen {
		if err := os.WriteFile(path, []byte(head+first+b.String()+last+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if old != b.String() {
		t.Error("docs/model.md is not in step with the parameters; go test ./pkg/simulation/motorpool " +
			"-run ParameterTable -regen")
	}
}
