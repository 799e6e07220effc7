package motorpool

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/config"
)

// Parameter describes one parameter for documentation and readers.
type Parameter struct {
	Name string // the study's name
	Unit string // of a bare number; "" if it has none
	Doc  string // meaning, in a few words
	// Source says where the default comes from, and the value of the paper's simulations
	// where that is another one.
	Source string
	// Quantity tells that files carry the unit with the number.
	Quantity bool
	index    int
}

var parameters, parameterNames = describe()

func describe() ([]Parameter, []string) {
	t := reflect.TypeFor[Params]()
	var list []Parameter
	var names []string
	for i := 0; i < t.NumField(); i++ {
		tag := t.Field(i).Tag
		p := Parameter{Name: tag.Get("name"), Unit: tag.Get("unit"), Doc: tag.Get("doc"), index: i}
		if long, ok := meanings[p.Name]; ok {
			p.Doc = long
		}
		p.Source = sources[p.Name]
		if q := tag.Get("quantity"); q != "" {
			p.Unit, p.Quantity = q, true
		}
		list, names = append(list, p), append(names, p.Name)
	}
	return list, names
}

// Parameters lists every parameter in the order of the files.
func Parameters() []Parameter { return slices.Clone(parameters) }

// ParameterNames lists the study's names of every parameter.
func ParameterNames() []string { return slices.Clone(parameterNames) }

// derived are names that files carry and that cannot be set.
var derived = []string{"duration_with_ignored_window", "total_nb_motoneurons",
	"total_nb_renshaw_cells", "common_input_characteristics", feature.ReceivedInhibition,
	feature.ReceivedInhibitionOther}

// UnknownParameterError tells that a name is no parameter, and the nearest one.
type UnknownParameterError struct {
	Name, Nearest string // what was given, and a parameter's name
}

// Error names the unknown parameter and the nearest one.
func (e *UnknownParameterError) Error() string {
	return fmt.Sprintf("unknown parameter %q; did you mean %q?", e.Name, e.Nearest)
}

// Set sets a parameter by its name from what YAML or JSON decode to. Text is accepted
// for quantities ("7.31 ms") and, as the study's files have it, for arrays
// ("[[1.5 0. ]\n [0. 0. ]]"). Arrays are copied.
func (p *Params) Set(name string, value any) error {
	at := slices.Index(parameterNames, name)
	if at < 0 {
		if slices.Contains(derived, name) {
			return bad(name, value, "it follows from other parameters and cannot be set")
		}
		return &UnknownParameterError{name, config.Nearest(name, parameterNames)}
	}
	d := parameters[at]
	return assign(reflect.ValueOf(p).Elem().Field(d.index), d, value)
}

func assign(field reflect.Value, d Parameter, value any) error {
	switch field.Interface().(type) {
	case string:
		s, ok := value.(string)
		if !ok {
			return bad(d.Name, value, "a text is expected")
		}
		field.SetString(s)
	case bool:
		b, ok := value.(bool)
		if !ok {
			return bad(d.Name, value, "true or false is expected")
		}
		field.SetBool(b)
	case int, uint32:
		return assignWhole(field, d, value)
	case float64:
		v, err := number(d, value)
		if err != nil {
			return err
		}
		field.SetFloat(v)
	case DistributionParams:
		return assignDistribution(field.Addr().Interface().(*DistributionParams), d, value)
	default:
		return assignArray(field, d, value)
	}
	return nil
}

func assignWhole(field reflect.Value, d Parameter, value any) error {
	v, err := number(d, value)
	if err != nil {
		return err
	}
	if v != math.Trunc(v) {
		return bad(d.Name, value, "a whole number is expected")
	}
	if field.CanUint() {
		if v < 0 || v > math.MaxUint32 {
			return bad(d.Name, value, "0 to 4294967295 is expected")
		}
		field.SetUint(uint64(v))
		return nil
	}
	if math.Abs(v) > 1e15 {
		return bad(d.Name, value, "the number is too large")
	}
	field.SetInt(int64(v))
	return nil
}

// number reads a number, or for a quantity a text with unit.
func number(d Parameter, value any) (float64, error) {
	want := "a number is expected"
	if d.Unit != "" {
		want = "a number in " + d.Unit + " is expected"
	}
	var v float64
	switch x := value.(type) {
	case float64:
		v = x
	case int:
		v = float64(x)
	case int64:
		v = float64(x)
	case uint64:
		v = float64(x)
	case json.Number:
		f, err := x.Float64()
		if err != nil {
			return 0, bad(d.Name, value, "%s", want)
		}
		v = f
	case string:
		if d.Quantity {
			var err error
			if v, err = ParseQuantity(d.Name, x, d.Unit); err != nil {
				return 0, err
			}
			break
		}
		return 0, bad(d.Name, fmt.Sprintf("%q", x), "%s", want)
	default:
		return 0, bad(d.Name, value, "%s", want)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, bad(d.Name, value, "a finite number is expected")
	}
	return v, nil
}

// Prefixes of units, for conversions to and from SI.
const (
	milli = 1e-3
	micro = 1e-6
	nano  = 1e-9
)

var prefixes = map[string]float64{"": 1, "m": milli, "u": micro, "µ": micro, "n": nano}

// ParseQuantity reads "number unit" into the wanted unit (V, S, s or A with the
// prefixes none, m, u, n). A bare number has the wanted unit.
func ParseQuantity(name, text, unit string) (float64, error) {
	num, given, _ := strings.Cut(strings.TrimSpace(text), " ")
	given = strings.TrimSpace(given)
	v, err := strconv.ParseFloat(num, 64)
	if err != nil {
		return 0, bad(name, fmt.Sprintf("%q", text), "a number and a unit such as %q is expected",
			"5 "+unit)
	}
	if given == "" {
		return v, nil
	}
	base := unit[len(unit)-1:]
	scale, ok := prefixes[strings.TrimSuffix(given, base)]
	if !ok || !strings.HasSuffix(given, base) {
		return 0, bad(name, fmt.Sprintf("%q", text), "a unit of the kind %s is expected", unit)
	}
	from, to := math.Round(-math.Log10(scale)),
		math.Round(-math.Log10(prefixes[strings.TrimSuffix(unit, base)]))
	if to >= from { // powers of ten are exact, their inverses are not
		v *= math.Pow10(int(to - from))
	} else {
		v /= math.Pow10(int(from - to))
	}
	return v, nil
}

// FormatQuantity writes "number unit" with the prefix that leaves 1 to 1000.
func FormatQuantity(v float64, unit string) string {
	base := unit[len(unit)-1:]
	exponent := int(math.Round(math.Log10(prefixes[strings.TrimSuffix(unit, base)])))
	if v == 0 {
		return "0. " + base
	}
	for ; math.Abs(v) >= 1000 && exponent < 0; exponent += 3 {
		v /= 1000
	}
	for ; math.Abs(v) < 1 && exponent > -9; exponent -= 3 {
		v *= 1000
	}
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += "."
	}
	return text + " " + map[int]string{0: "", -3: "m", -6: "u", -9: "n"}[exponent] + base
}

func assignDistribution(dst *DistributionParams, d Parameter, value any) error {
	m, ok := value.(map[string]any)
	if !ok {
		return bad(d.Name, value, "{std: …, std_is_prct: …, ratio_large_small: …} is expected")
	}
	for key, v := range m {
		inner := Parameter{Name: d.Name + ": " + key}
		switch key {
		case "std", "ratio_large_small":
			x, err := number(inner, v)
			if err != nil {
				return err
			}
			if key == "std" {
				dst.Std = x
			} else {
				dst.RatioLargeSmall = x
			}
		case "std_is_prct":
			b, ok := v.(bool)
			if !ok {
				return bad(inner.Name, v, "true or false is expected")
			}
			dst.StdIsPercent = b
		default:
			keys := []string{"std", "std_is_prct", "ratio_large_small"}
			return &UnknownParameterError{d.Name + ": " + key, config.Nearest(key, keys)}
		}
	}
	return nil
}

func assignArray(field reflect.Value, d Parameter, value any) error {
	depth := 0
	for t := field.Type(); t.Kind() == reflect.Slice; t = t.Elem() {
		depth++
	}
	if s, ok := value.(string); ok && field.Type() != reflect.TypeFor[[]string]() {
		parsed, err := parseArrayText(s)
		if err != nil {
			return bad(d.Name, fmt.Sprintf("%q", s), "%v", err)
		}
		value = parsed
	}
	out, err := build(field.Type(), d, value)
	if err != nil {
		return bad(d.Name, value, "an array of depth %d with rows of one length is expected", depth)
	}
	field.Set(out)
	return nil
}

// build makes nested slices of numbers or texts.
func build(t reflect.Type, d Parameter, value any) (reflect.Value, error) {
	switch t.Kind() {
	case reflect.String:
		s, ok := value.(string)
		if !ok {
			return reflect.Value{}, bad(d.Name, value, "a text is expected")
		}
		return reflect.ValueOf(s), nil
	case reflect.Float64:
		v, err := number(Parameter{Name: d.Name, Unit: d.Unit}, value)
		return reflect.ValueOf(v), err
	}
	list := reflect.ValueOf(value)
	if !list.IsValid() || list.Kind() != reflect.Slice {
		return reflect.Value{}, bad(d.Name, value, "a list is expected")
	}
	out := reflect.MakeSlice(t, list.Len(), list.Len())
	for i := 0; i < list.Len(); i++ {
		v, err := build(t.Elem(), d, list.Index(i).Interface())
		if err != nil {
			return reflect.Value{}, err
		}
		if i > 0 && v.Kind() == reflect.Slice && v.Len() != out.Index(0).Len() {
			return reflect.Value{}, bad(d.Name, value, "rows of one length are expected")
		}
		out.Index(i).Set(v)
	}
	return out, nil
}

// parseArrayText reads nested brackets with blanks or commas between numbers.
func parseArrayText(s string) (any, error) {
	fields := strings.Fields(strings.NewReplacer("[", " [ ", "]", " ] ", ",", " ").Replace(s))
	var stack [][]any
	for i, f := range fields {
		switch f {
		case "[":
			stack = append(stack, []any{})
		case "]":
			if len(stack) == 0 {
				return nil, fmt.Errorf("brackets do not match")
			}
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if len(stack) == 0 {
				if i != len(fields)-1 {
					return nil, fmt.Errorf("text after the last bracket")
				}
				return top, nil
			}
			stack[len(stack)-1] = append(stack[len(stack)-1], any(top))
		default:
			v, err := strconv.ParseFloat(f, 64)
			if err != nil || len(stack) == 0 {
				return nil, fmt.Errorf("numbers in brackets are expected")
			}
			stack[len(stack)-1] = append(stack[len(stack)-1], v)
		}
	}
	return nil, fmt.Errorf("brackets do not match")
}

// Characteristics are middle and half width of the band of every common input of the
// pools, Hz, as the study's files carry them.
type Characteristics struct {
	// Middle of the band, Hz, by pool and input.
	Middle map[string]map[string]float64 `json:"Frequency_middle_of_range"`
	// HalfWidth of the band, Hz, by pool and input.
	HalfWidth map[string]map[string]float64 `json:"Frequency_half_width_of_range"`
}

// Characteristics of the bands as they are.
func (p *Params) Characteristics() Characteristics {
	c := Characteristics{map[string]map[string]float64{}, map[string]map[string]float64{}}
	for q := 0; q < p.Pools; q++ {
		pool := fmt.Sprintf("pool_%d", q)
		c.Middle[pool], c.HalfWidth[pool] = map[string]float64{}, map[string]float64{}
		for k := 0; k < p.CommonInputs; k++ {
			input, b := fmt.Sprintf("input_%d", k), p.CommonInputBandHz[q][k]
			c.Middle[pool][input], c.HalfWidth[pool][input] = (b[0]+b[1])/2, (b[1]-b[0])/2
		}
	}
	return c
}

// Value is one named value of a file: bool, int, float64, string, nested slices, a
// DistributionParams, a Characteristics or a Quantity.
type Value struct {
	Name  string // the study's name
	Value any
}

// Quantity is a number with its unit (V, S, s or A with a prefix).
type Quantity struct {
	Value float64 // in Unit
	Unit  string  // such as mV
}

// SI is the number in the unit without prefix.
func (q Quantity) SI() float64 {
	base := q.Unit[len(q.Unit)-1:]
	return q.Value / math.Round(1/prefixes[strings.TrimSuffix(q.Unit, base)])
}

// Values lists every parameter and derived value in the order of the study's files.
func (p *Params) Values() []Value {
	v := reflect.ValueOf(p).Elem()
	var out []Value
	for _, d := range parameters {
		value := v.Field(d.index).Interface()
		if d.Quantity {
			value = Quantity{value.(float64), d.Unit}
		}
		out = append(out, Value{d.Name, value})
		switch d.Name {
		case "duration":
			out = append(out, Value{"duration_with_ignored_window", p.TotalS()})
		case "sd_prct_soma_diameter":
			out = append(out, Value{"total_nb_motoneurons", p.Neurons()},
				Value{"total_nb_renshaw_cells", p.RenshawCells()})
		case "max_frequency_of_any_input":
			out = append(out, Value{"common_input_characteristics", p.Characteristics()})
		case "disynpatic_inhib_connections_desired_MN_MN":
			own, other := p.received()
			out = append(out, Value{feature.ReceivedInhibition, own},
				Value{feature.ReceivedInhibitionOther, other})
		}
	}
	return out
}

// received divides Received into what every pool receives from itself, and the matrix (source pool
// x target pool) of what comes from others.
func (p *Params) received() (own []float64, other [][]float64) {
	other = p.Received()
	for q := range other {
		own = append(own, other[q][q])
		other[q][q] = 0
	}
	return own, other
}

// MarshalJSON writes one object in the layout of sim_parameters.json: plain numbers,
// arrays, and quantities as text with unit.
func (p Params) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, v := range p.Values() {
		if i > 0 {
			b.WriteByte(',')
		}
		value := v.Value
		if q, ok := value.(Quantity); ok {
			value = FormatQuantity(q.Value, q.Unit)
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.Name, err)
		}
		fmt.Fprintf(&b, "%q:%s", v.Name, raw)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads a sim_parameters.json of this program or of the study; what it
// lacks keeps its value. Unknown names are errors.
func (p *Params) UnmarshalJSON(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	m := map[string]any{}
	if err := d.Decode(&m); err != nil {
		return err
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(derived, name) {
			continue
		}
		if err := p.Set(name, m[name]); err != nil {
			return err
		}
	}
	return nil
}
