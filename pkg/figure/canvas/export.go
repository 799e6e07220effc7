package canvas

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"example.org/renshaw/pkg/file/atomicfile"
)

// Save writes the drawing in the format of the extension: .png (for a screen), .svg or
// .pdf, atomically.
func (c *Canvas) Save(path string) error {
	var b []byte
	var err error
	switch ext := filepath.Ext(path); ext {
	case ".png":
		b, err = c.PNG()
	case ".svg":
		b, err = c.SVG()
	case ".pdf":
		b, err = c.PDF()
	default:
		return fmt.Errorf("%s: pictures are .png, .svg or .pdf, not %q", path, ext)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return write(path, b)
}

// Export writes a figure: base.svg, base.pdf, base.png with 300 dots per inch, and
// base.data.json with everything that is drawn (NaN and infinite numbers are null). It
// returns the paths. Nothing is written before everything is drawn.
func (c *Canvas) Export(base string, data any) ([]string, error) {
	var paths []string
	var contents [][]byte
	for _, format := range []struct {
		extension string
		encode    func() ([]byte, error)
	}{
		{".svg", c.SVG},
		{".pdf", c.PDF},
		{".png", func() ([]byte, error) { return c.PNGAt(printDPI) }},
		{".data.json", func() ([]byte, error) {
			finite, _ := atomicfile.Finite(data)
			return json.MarshalIndent(finite, "", " ")
		}},
	} {
		b, err := format.encode()
		if err != nil {
			return nil, fmt.Errorf("%s%s: %w", base, format.extension, err)
		}
		paths, contents = append(paths, base+format.extension), append(contents, b)
	}
	for i, p := range paths {
		if err := write(p, contents[i]); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

func write(path string, b []byte) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}
