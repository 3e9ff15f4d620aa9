namespace KernelGen.Search.Reports;

/// <summary>The look of the report. Shapes, fills and dashes carry the meaning; colour only repeats it.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { color-scheme: light; }
        body { margin: 0; background: #fff; color: #1a1a1a; font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
        main { max-width: 900px; margin: 0 auto; padding: 24px 20px 60px; }
        h1 { font-size: 26px; margin: 0 0 4px; }
        h3 { font-size: 16px; margin: 24px 0 4px; }
        h2 { font-size: 19px; margin: 36px 0 8px; border-bottom: 1px solid #bbb; padding-bottom: 3px; }
        .lead { font-size: 17px; margin: 0; padding-left: 20px; }
        table { border-collapse: collapse; margin: 10px 0; font-variant-numeric: tabular-nums; }
        th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap; }
        th:first-child, .words { text-align: left; white-space: normal; }
        th { font-weight: 600; }
        .wide { overflow-x: auto; font-size: 14px; } .words { min-width: 9ex; }
        figure { margin: 12px 0; }
        figcaption, p { color: #333; max-width: 70ch; }
        pre { background: #f3f3f3; border: 1px solid #ccc; padding: 10px; white-space: pre-wrap; }
        svg { width: 100%; height: auto; display: block; }
        svg text { font: 12px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #1a1a1a; }
        svg text.tick { font-size: 11px; fill: #444; }
        .grid { stroke: #e2e2e2; } .axis { stroke: #333; }
        .early { stroke: #9a6700; } .early.in { fill: #d9a521; }
        .middle { stroke: #1b6b8f; } .middle.in { fill: #49a4cc; }
        .late { stroke: #4a1a6b; } .late.in { fill: #7b3fa0; }
        .out { fill: none; stroke-width: .8; opacity: .7; } .in { stroke-width: .8; }
        .search { fill: #4a1a6b; stroke: #4a1a6b; stroke-width: 1.5; } .control { fill: #fff; stroke: #222; stroke-width: 1.3; }
        path.dense { fill: #fff; stroke: #000; stroke-width: 2.5; } .errorbar { stroke: #4a1a6b; stroke-width: 5; opacity: .35; }
        .line { fill: none; } .line.search { stroke-width: 2.5; } .line.control { stroke: #888; stroke-width: 1; }
        .line.dashed { stroke: #333; stroke-width: 2; stroke-dasharray: 8 5; } .limit { fill: none; stroke: #000; stroke-dasharray: 3 4; }
        svg text.halo { paint-order: stroke; stroke: #fff; stroke-width: 4px; stroke-linejoin: round; } svg text.strong { font-weight: 700; }
        .bar { stroke: #1a1a1a; } .bar.left { fill: #333; } .bar.dense { fill: #fff; }
        .bar.map { fill: #fff; } .bar.kernel { fill: #c9c9c9; } .bar.stride { fill: #8a8a8a; }
        @media print { main { max-width: none; } h2 { break-after: avoid; } figure, table { break-inside: avoid; } }

        """;
}
