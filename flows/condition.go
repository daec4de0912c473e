package flows

import (
	"fmt"
	"slices"
	"sync"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// Condition is a yes-or-no expression over a form's answers: role == "ngo" && years <= 5. It is guarded: no loops, no functions
// but len, lower and contains, at most 200 nodes, so a pack cannot make a turn slow (expr has no limit of its own).
type Condition struct {
	names   []string // of the answers it looks at
	program *vm.Program
}

// NewCondition compiles source against the names it may use. Unknown names are a mistake of the pack, reported with the column.
func NewCondition(source string, names []string) (*Condition, error) {
	tree, err := parser.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("flows: condition: %w", err)
	}
	guard := &guard{}
	ast.Walk(&tree.Node, guard)
	if guard.err != nil {
		return nil, guard.err
	}
	env := make(types.Map, len(names))
	for _, n := range names {
		env[n] = types.Any
	}
	program, err := expr.Compile(source, expr.Env(env), expr.AsBool())
	if err != nil {
		return nil, fmt.Errorf("flows: condition: %w", err)
	}
	return &Condition{names: guard.names, program: program}, nil
}

// Holds evaluates the condition of the answers, which it asks for by name. A nil condition holds. Answers not given are nil; comparing
// them with a number is false, not an error: a guest's missing answer must never break a turn.
func (c *Condition) Holds(answer func(name string) any) bool {
	if c == nil {
		return true
	}
	m := machines.Get().(*machine)
	defer func() {
		clear(m.answers)
		machines.Put(m)
	}()
	for _, name := range c.names {
		m.answers[name] = answer(name)
	}
	result, err := m.Run(c.program, m.answers)
	yes, _ := result.(bool)
	return err == nil && yes
}

// machine evaluates conditions; one is used again, because what it works with is larger than most conditions.
type machine struct {
	vm.VM
	answers map[string]any
}

var machines = sync.Pool{New: func() any { return &machine{answers: map[string]any{}} }}

// guard walks a parsed condition and refuses what could loop or surprise.
type guard struct {
	nodes int
	names []string
	err   error
}

func (g *guard) Visit(node *ast.Node) {
	if g.nodes++; g.nodes > 200 {
		g.refuse(*node, "more than 200 parts")
		return
	}
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if !slices.Contains(g.names, n.Value) {
			g.names = append(g.names, n.Value)
		}
	case *ast.NilNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.ArrayNode,
		*ast.ConstantNode, *ast.UnaryNode, *ast.MemberNode, *ast.ConditionalNode:
	case *ast.BinaryNode:
		switch n.Operator {
		case "==", "!=", "<", "<=", ">", ">=", "and", "&&", "or", "||", "in", "contains", "startsWith", "endsWith":
		default:
			g.refuse(n, "operator "+n.Operator)
		}
	case *ast.BuiltinNode:
		if n.Name != "len" && n.Name != "lower" {
			g.refuse(n, "function "+n.Name)
		}
	default:
		g.refuse(n, "this construct")
	}
}

func (g *guard) refuse(n ast.Node, what string) {
	if g.err == nil {
		at := n.Location()
		g.err = fmt.Errorf("flows: condition: %s is not allowed (column %d)", what, at.From+1)
	}
}
