package batch

import (
	"bytes"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"

	"example.org/renshaw/pkg/file/atomicfile"
)

// Write writes a batch file that lists its rows (File.Simulations), atomically; Read gives
// the same rows again.
func (f *File) Write(path string) error {
	root := &yaml.Node{Kind: yaml.MappingNode}
	add := func(n *yaml.Node, key string, value any) error {
		v, ok := value.(*yaml.Node)
		if !ok {
			v = &yaml.Node{}
			if err := v.Encode(value); err != nil {
				return fmt.Errorf("%s: %s: %w", path, key, err)
			}
			flowStyle(v)
		}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
		return nil
	}
	fixed, rows := &yaml.Node{Kind: yaml.MappingNode}, &yaml.Node{Kind: yaml.SequenceNode}
	for _, s := range f.Fixed {
		if err := add(fixed, s.Name, s.Value); err != nil {
			return err
		}
	}
	for _, r := range f.Simulations {
		row := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		if r.Seed != nil {
			if err := add(row, "seed", *r.Seed); err != nil {
				return err
			}
		}
		if r.Label != "" {
			if err := add(row, "label", r.Label); err != nil {
				return err
			}
		}
		for _, s := range r.Settings {
			if err := add(row, s.Name, s.Value); err != nil {
				return err
			}
		}
		rows.Content = append(rows.Content, row)
	}
	for _, e := range []struct {
		key   string
		value any
	}{{"name", f.Name}, {"seed", f.Seed}, {"profile", string(f.Profile)}, {"rng", f.RNG},
		{"fixed", fixed}, {"simulations", rows}} {
		if err := add(root, e.key, e.value); err != nil {
			return err
		}
	}
	raw, err := yaml.Marshal(root)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := bytes.NewReader(raw).WriteTo(w)
		return err
	})
}

func flowStyle(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		n.Style = yaml.FlowStyle
	}
	for _, c := range n.Content {
		flowStyle(c)
	}
}
