package flow

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"example.org/renshaw/pkg/file/atomicfile"
)

// Tensor is an array of numbers with its shape, row after row.
type Tensor struct {
	Shape []int     // slowest dimension first
	Data  []float64 // as many as the product of Shape
}

// tensorInfo is an entry of the header of a safetensors file.
type tensorInfo struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

var elementBytes = map[string]int{"F32": 4, "F64": 8, "I64": 8}

// ReadSafetensors reads a safetensors file: F32, F64 and I64 tensors, as float64. A
// damaged file is an error that names the tensor.
func ReadSafetensors(path string) (map[string]Tensor, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s: %s (damaged, cut off, or no safetensors file)", path,
			fmt.Sprintf(format, args...))
	}
	if len(raw) < 8 {
		return nil, fail("%d bytes", len(raw))
	}
	n := binary.LittleEndian.Uint64(raw)
	if n > uint64(len(raw)-8) {
		return nil, fail("a header of %d bytes is declared", n)
	}
	header := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw[8:8+n], &header); err != nil {
		return nil, fail("header: %v", err)
	}
	data := raw[8+n:]
	out := map[string]Tensor{}
	for name, entry := range header {
		if name == "__metadata__" {
			continue
		}
		var info tensorInfo
		if err := json.Unmarshal(entry, &info); err != nil {
			return nil, fail("%s: %v", name, err)
		}
		t, err := decode(info, data)
		if err != nil {
			return nil, fail("%s: %v", name, err)
		}
		out[name] = t
	}
	return out, nil
}

func decode(info tensorInfo, data []byte) (Tensor, error) {
	size, ok := elementBytes[info.DType]
	if !ok {
		return Tensor{}, fmt.Errorf("type %s; F32, F64 or I64 is expected", info.DType)
	}
	count := 1
	for _, d := range info.Shape {
		if d < 0 || d > 0 && count > math.MaxInt32/d {
			return Tensor{}, fmt.Errorf("shape %v", info.Shape)
		}
		count *= d
	}
	from, to := info.Offsets[0], info.Offsets[1]
	if from < 0 || to > len(data) || to-from != count*size {
		return Tensor{}, fmt.Errorf("shape %v of %s lies at bytes %d to %d of %d", info.Shape, info.DType,
			from, to, len(data))
	}
	t := Tensor{Shape: info.Shape, Data: make([]float64, count)}
	part := data[from:to]
	for i := range t.Data {
		switch info.DType {
		case "F32":
			t.Data[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(part[4*i:])))
		case "F64":
			t.Data[i] = math.Float64frombits(binary.LittleEndian.Uint64(part[8*i:]))
		default:
			t.Data[i] = float64(int64(binary.LittleEndian.Uint64(part[8*i:])))
		}
	}
	return t, nil
}

// WriteSafetensors writes tensors as F64, in order of name, atomically.
func WriteSafetensors(path string, tensors map[string]Tensor) error {
	names := make([]string, 0, len(tensors))
	for n := range tensors {
		names = append(names, n)
	}
	slices.Sort(names)
	header := map[string]tensorInfo{}
	var data bytes.Buffer
	for _, n := range names {
		t := tensors[n]
		from := data.Len()
		_ = binary.Write(&data, binary.LittleEndian, t.Data) // a buffer never fails
		header[n] = tensorInfo{"F64", t.Shape, [2]int{from, data.Len()}}
	}
	head, err := json.Marshal(header)
	if err != nil {
		return err
	}
	for len(head)%8 != 0 {
		head = append(head, ' ')
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		if err := binary.Write(w, binary.LittleEndian, uint64(len(head))); err != nil {
			return err
		}
		if _, err := w.Write(head); err != nil {
			return err
		}
		_, err := data.WriteTo(w)
		return err
	})
}

// MAFFromTensors builds a flow from tensors named as in docs/formats/estimator.md. Masks
// in the file must be those of the rule.
func MAFFromTensors(tensors map[string]Tensor) (*MAF, error) {
	get := func(name string) Tensor { return tensors[name] }
	m := &MAF{ThetaShift: get("theta_zscore.shift").Data, ThetaScale: get("theta_zscore.scale").Data,
		XMean: get("x_zscore.mean").Data, XStd: get("x_zscore.std").Data}
	m.D, m.C = len(m.ThetaShift), len(m.XMean)
	for k := 0; ; k++ {
		p := fmt.Sprintf("flow.%d.", k)
		if _, ok := tensors[p+"in.weight"]; !ok {
			break
		}
		s := Step{InWeight: get(p + "in.weight").Data, InBias: get(p + "in.bias").Data,
			ContextWeight: get(p + "ctx.weight").Data, ContextBias: get(p + "ctx.bias").Data,
			OutWeight: get(p + "out.weight").Data, OutBias: get(p + "out.bias").Data}
		for l := range s.HiddenWeight {
			s.HiddenWeight[l], s.HiddenBias[l] = get(fmt.Sprintf("%shidden.%d.weight", p, l)).Data,
				get(fmt.Sprintf("%shidden.%d.bias", p, l)).Data
		}
		for _, v := range get(p + "perm").Data {
			s.Perm = append(s.Perm, int(v))
		}
		m.H = len(s.InBias)
		m.Steps = append(m.Steps, s)
	}
	if sd := get("base.sd").Data; len(sd) == 1 {
		m.BaseSD = sd[0]
	}
	m.BaseSlope = get("base.slope").Data
	_, m.Bounded = tensors["theta_bounded"]
	if len(m.Steps) > 0 && m.D > 0 {
		if outputs := len(m.Steps[0].OutBias) / m.D; outputs != 2 {
			m.Bins = (outputs + 1) / 3
		}
	}
	if err := m.Pack(); err != nil {
		return nil, err
	}
	return m, m.checkMasks(tensors)
}

// checkMasks compares masks that a file carries with the rule.
func (m *MAF) checkMasks(tensors map[string]Tensor) error {
	in := func(r, c int) bool { return degreeOf(r, m.D) >= c+1 }
	hidden := func(r, c int) bool { return degreeOf(r, m.D) >= degreeOf(c, m.D) }
	out := func(r, c int) bool { return r/m.Outputs()+1 > degreeOf(c, m.D) }
	for k := range m.Steps {
		for name, rule := range map[string]func(r, c int) bool{"in": in, "hidden.0": hidden,
			"hidden.1": hidden, "out": out} {
			name = fmt.Sprintf("flow.%d.%s.mask", k, name)
			t, ok := tensors[name]
			if !ok {
				continue
			}
			for i, v := range t.Data {
				cols := t.Shape[len(t.Shape)-1]
				if (v != 0) != rule(i/cols, i%cols) {
					return fmt.Errorf("flow: %s: entry %d does not follow the rule of degrees; this network has "+
						"another structure", name, i)
				}
			}
		}
	}
	return nil
}

// Tensors lists the weights under their names in files.
func (m *MAF) Tensors() map[string]Tensor {
	out := map[string]Tensor{"theta_zscore.shift": {[]int{m.D}, m.ThetaShift},
		"theta_zscore.scale": {[]int{m.D}, m.ThetaScale},
		"x_zscore.mean":      {[]int{m.C}, m.XMean}, "x_zscore.std": {[]int{m.C}, m.XStd}}
	if m.BaseSD != 0 {
		out["base.sd"] = Tensor{[]int{1}, []float64{m.BaseSD}}
	}
	if m.BaseSlope != nil {
		out["base.slope"] = Tensor{[]int{m.C}, m.BaseSlope}
	}
	if m.Bounded {
		out["theta_bounded"] = Tensor{[]int{1}, []float64{1}}
	}
	for k, s := range m.Steps {
		p := fmt.Sprintf("flow.%d.", k)
		out[p+"in.weight"], out[p+"in.bias"] = Tensor{[]int{m.H, m.D}, s.InWeight},
			Tensor{[]int{m.H}, s.InBias}
		out[p+"ctx.weight"], out[p+"ctx.bias"] = Tensor{[]int{m.H, m.C}, s.ContextWeight},
			Tensor{[]int{m.H}, s.ContextBias}
		out[p+"out.weight"], out[p+"out.bias"] = Tensor{[]int{m.Outputs() * m.D, m.H}, s.OutWeight},
			Tensor{[]int{m.Outputs() * m.D}, s.OutBias}
		for l := range s.HiddenWeight {
			out[fmt.Sprintf("%shidden.%d.weight", p, l)],
				out[fmt.Sprintf("%shidden.%d.bias", p, l)] = Tensor{[]int{m.H, m.H}, s.HiddenWeight[l]},
				Tensor{[]int{m.H}, s.HiddenBias[l]}
		}
		perm := make([]float64, len(s.Perm))
		for i, v := range s.Perm {
			perm[i] = float64(v)
		}
		out[p+"perm"] = Tensor{[]int{m.D}, perm}
	}
	return out
}
