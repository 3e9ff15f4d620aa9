using System.Text;
using KernelGen.Import;

// The build reads what is printed, whatever the console's own encoding.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return ImportCommand.Run(args);
