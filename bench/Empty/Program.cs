// What any .NET program takes before its first line.
return 0;
