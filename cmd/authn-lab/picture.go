package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/picture"
)

func newPictureCommand() *cobra.Command {
	var p picture.Picture
	var theme, command string
	var names []string
	for _, t := range picture.Themes {
		names = append(names, t.Name)
	}
	cmd := &cobra.Command{
		Use:   "picture",
		Short: "Draw terminal output as an SVG image",
		Long: `Draw terminal output from standard input, with the sixteen colors of SGR sequences, as an SVG image on standard output. The
same input gives the same image. 'make pictures' draws the images of the README with this command.`,
		Example: `  kubectl authn inspect -f token --color always | authn-lab picture --command 'kubectl authn inspect -f token' > inspect.svg`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if p.Columns < 1 {
				return usagef("--columns must be at least 1")
			}
			text, err := io.ReadAll(cmd.InOrStdin())
			if err != nil {
				return err
			}
			if command != "" {
				p.Text = picture.Prompt(command)
			}
			p.Text += string(text)
			for _, t := range picture.Themes {
				if t.Name == theme {
					_, err := cmd.OutOrStdout().Write(p.SVG(t))
					return err
				}
			}
			return usagef("there is no theme %q, there are %s", theme, strings.Join(names, " and "))
		},
	}
	cmd.Flags().StringVar(&theme, "theme", names[0], fmt.Sprintf("The color theme: %s", strings.Join(names, " or ")))
	cmd.Flags().IntVar(&p.Columns, "columns", 80, "The width of the terminal")
	cmd.Flags().StringVar(&command, "command", "", "The command to show at the prompt, above its output")
	cmd.Flags().StringVar(&p.Title, "title", "A terminal", "The title of the image, for screen readers")
	cmd.Flags().StringVar(&p.Description, "description", "", "The description of the image, for screen readers")
	return cmd
}
