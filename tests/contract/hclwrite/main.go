// The judge of `flagstaff fmt`: what hclwrite makes of a text.
//
// Each line of standard input is a JSON string, a text. Each line of standard output answers it: null where HCL's own
// parser refuses the text, else the formatted text.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

func main() {
	decoder := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for {
		var text string
		if err := decoder.Decode(&text); err == io.EOF {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		if err := encoder.Encode(answer([]byte(text))); err != nil {
			log.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func answer(text []byte) *string {
	if _, found := hclsyntax.ParseConfig(text, "", hcl.InitialPos); found.HasErrors() {
		return nil
	}
	formatted := string(hclwrite.Format(text))
	return &formatted
}
