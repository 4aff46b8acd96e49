installer.parts := main
