package storage

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var sqlStart = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|PRAGMA|VACUUM|CREATE|ALTER|DROP|ANALYZE)\b`)

func fresh(t *testing.T) *DB {
	t.Helper()
	db, err := Open(context.Background(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// The statements are found in the source, so one added tomorrow is prepared
// too, without anybody adding it here.
func TestEveryStatementPreparesAgainstAFreshDatabase(t *testing.T) {
	db := fresh(t)
	seen := 0
	fset := token.NewFileSet()
	for _, file := range sources(t, fset) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				refuseConcatenation(t, fset, n)
			case *ast.CallExpr:
				refuseBuiltQuery(t, fset, n)
			case *ast.BasicLit:
				if query, ok := statement(n); ok {
					seen++
					prepare(t, db, fset.Position(n.Pos()), query)
				}
			}
			return true
		})
	}
	if seen < 15 {
		t.Errorf("only %d statements found: is the pattern still right?", seen)
	}
}

func sources(t *testing.T, fset *token.FileSet) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var all []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, e.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, file)
	}
	return all
}

// statement is the SQL of a literal that is some.
func statement(n ast.Expr) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil && sqlStart.MatchString(s)
}

func refuseConcatenation(t *testing.T, fset *token.FileSet, n *ast.BinaryExpr) {
	t.Helper()
	for _, side := range []ast.Expr{n.X, n.Y} {
		if _, ok := statement(side); ok {
			t.Errorf("%s: a statement is put together; write it as one literal", fset.Position(n.Pos()))
		}
	}
}

// refuseBuiltQuery looks at the query of tx.exec, tx.get and collect.
func refuseBuiltQuery(t *testing.T, fset *token.FileSet, n *ast.CallExpr) {
	t.Helper()
	at := -1
	switch fn := n.Fun.(type) {
	case *ast.SelectorExpr:
		if fn.Sel.Name == "exec" || fn.Sel.Name == "get" {
			at = 0
		}
	case *ast.Ident:
		if fn.Name == "collect" {
			at = 1
		}
	}
	if at < 0 || len(n.Args) <= at {
		return
	}
	switch n.Args[at].(type) {
	case *ast.BasicLit, *ast.Ident:
	default:
		t.Errorf("%s: a statement is made at run time; write it as one literal", fset.Position(n.Pos()))
	}
}

func prepare(t *testing.T, db *DB, pos token.Position, query string) {
	t.Helper()
	if strings.Contains(query, ";") {
		t.Errorf("%s: a semicolon hides what follows it from this test", pos)
	}
	stmt, err := db.writer.db.PrepareContext(t.Context(), query)
	if err != nil {
		t.Errorf("%s: %v\n%s", pos, err, query)
		return
	}
	defer func() { _ = stmt.Close() }() // never run
}

func TestEveryTableIsStrict(t *testing.T) {
	db := fresh(t)
	rows, err := db.writer.db.QueryContext(t.Context(), "SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	tables := 0
	for rows.Next() {
		var name string
		var strict bool
		if err := rows.Scan(&name, &strict); err != nil {
			t.Fatal(err)
		}
		if tables++; !strict {
			t.Errorf("table %s is not STRICT", name)
		}
	}
	if err := rows.Err(); err != nil || tables < 3 {
		t.Errorf("%d tables, %v", tables, err)
	}
}

func TestConnectionsAreSetUpAsPromised(t *testing.T) {
	db := fresh(t)
	for pragma, want := range map[string][2]string{ // writer, reader
		"journal_mode":   {"wal", "wal"},
		"synchronous":    {"2", "2"},
		"foreign_keys":   {"1", "0"},
		"query_only":     {"0", "1"},
		"trusted_schema": {"0", "0"},
		"busy_timeout":   {"5000", "5000"},
	} {
		for i, p := range []*pool{db.writer, db.readers} {
			var got string
			if err := p.db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want[i] {
				t.Errorf("%s of pool %d is %q, want %q (%v)", pragma, i, got, want[i], err)
			}
		}
	}
	if _, err := db.writer.db.ExecContext(t.Context(), `UPDATE meta SET value = "no such column"`); err == nil {
		t.Error("a quoted name that is not there is taken for a string")
	}
}
